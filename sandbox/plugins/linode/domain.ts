import { z } from "zod";
import { TAGS } from "./cluster/fields.ts";
import { ANYTHING } from "./client.ts";
import type { Kind } from "./resource.ts";

/** Names in the SDK and in the API. */
const NAMES = {
  domain: "domain",
  type: "type",
  status: "status",
  description: "description",
  soaEmail: "soa_email",
  ttlSec: "ttl_sec",
  retrySec: "retry_sec",
  refreshSec: "refresh_sec",
  expireSec: "expire_sec",
  masterIps: "master_ips",
  axfrIps: "axfr_ips",
  group: "group",
  tags: "tags",
} as const;

const text = z.string().nullish();
const seconds = z.number().nullish();
const list = z.array(z.string()).nullish();

const domainAnswer = z
  .object({
    id: z.number(),
    domain: z.string(),
    type: z.string(),
    status: z.string(),
    description: text,
    soa_email: text,
    ttl_sec: seconds,
    retry_sec: seconds,
    refresh_sec: seconds,
    expire_sec: seconds,
    master_ips: list,
    axfr_ips: list,
    group: text,
    tags: list,
  })
  .transform((domain) => ({
    id: domain.id,
    outputs: {
      domain: domain.domain,
      type: domain.type,
      status: domain.status,
      description: domain.description ?? "",
      soaEmail: domain.soa_email ?? "",
      ttlSec: domain.ttl_sec ?? 0,
      retrySec: domain.retry_sec ?? 0,
      refreshSec: domain.refresh_sec ?? 0,
      expireSec: domain.expire_sec ?? 0,
      masterIps: domain.master_ips ?? [],
      axfrIps: domain.axfr_ips ?? [],
      group: domain.group ?? "",
      tags: domain.tags ?? [],
    },
  }));

function body(inputs: object): object {
  return Object.fromEntries(
    Object.entries(NAMES).map(([name, apiName]) => [apiName, Reflect.get(inputs, name) as unknown]),
  );
}

/** `linode:index/domain:Domain` */
export const DOMAIN: Kind = {
  title: "domain",
  fields: {
    domain: { kind: "text", required: true },
    type: { kind: "text", required: true, allowed: ["master", "slave"] },
    status: { kind: "text", computed: true },
    description: { kind: "text" },
    soaEmail: { kind: "text" },
    ttlSec: { kind: "whole number", minimum: 0 },
    retrySec: { kind: "whole number", minimum: 0 },
    refreshSec: { kind: "whole number", minimum: 0 },
    expireSec: { kind: "whole number", minimum: 0 },
    masterIps: { kind: "set", item: { kind: "text" } },
    axfrIps: { kind: "set", item: { kind: "text" } },
    group: { kind: "text" },
    tags: TAGS,
  },
  replaceOn: [],
  timeouts: { create: 20, update: 20, delete: 20 },

  async create({ client, ...waiting }, inputs) {
    const request = {
      ...waiting,
      method: "POST",
      path: "/domains",
      body: body(inputs),
      answer: domainAnswer,
    } as const;
    const { id, outputs } = await client.send(request);
    return { id: String(id), outputs };
  },

  async read({ client, ...waiting }, id) {
    const { outputs } = await client.send({
      ...waiting,
      method: "GET",
      path: `/domains/${id}`,
      answer: domainAnswer,
    });
    return outputs;
  },

  async update({ client, ...waiting }, id, _state, inputs) {
    await client.send({
      ...waiting,
      method: "PUT",
      path: `/domains/${id}`,
      body: body(inputs),
      answer: domainAnswer,
    });
  },

  async delete({ client, ...waiting }, id) {
    await client.send({ ...waiting, method: "DELETE", path: `/domains/${id}`, answer: ANYTHING });
  },
};
