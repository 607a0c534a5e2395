import { z } from "zod";
import type { Properties } from "../frame/values.ts";
import { ANYTHING } from "./client.ts";
import type { Kind } from "./resource.ts";

const recordSpec = z.object({
  domainId: z.number(),
  recordType: z.string(),
  target: z.string(),
  name: z.string().optional(),
  ttlSec: z.number().optional(),
  priority: z.number().optional(),
  weight: z.number().optional(),
  port: z.number().optional(),
  service: z.string().optional(),
  protocol: z.string().optional(),
  tag: z.string().optional(),
});

const recordAnswer = z.object({
  id: z.number(),
  type: z.string(),
  target: z.string(),
  name: z.string().nullish(),
  ttl_sec: z.number().nullish(),
  priority: z.number().nullish(),
  weight: z.number().nullish(),
  port: z.number().nullish(),
  service: z.string().nullish(),
  protocol: z.string().nullish(),
  tag: z.string().nullish(),
});

function path(state: object): string {
  return `/domains/${String(z.object({ domainId: z.number() }).parse(state).domainId)}/records`;
}

function body(inputs: object): object {
  const { recordType: type, ttlSec, ...spec } = recordSpec.omit({ domainId: true }).parse(inputs);
  return { ...spec, type, ttl_sec: ttlSec };
}

/** `linode:index/domainRecord:DomainRecord` */
export const DOMAIN_RECORD: Kind = {
  title: "domain record",
  fields: {
    domainId: { kind: "whole number", required: true },
    recordType: {
      kind: "text",
      required: true,
      allowed: ["A", "AAAA", "NS", "MX", "CNAME", "TXT", "SRV", "PTR", "CAA"],
    },
    target: { kind: "text", required: true },
    name: { kind: "text", computed: true },
    ttlSec: { kind: "whole number", minimum: 0 },
    priority: { kind: "whole number", minimum: 0 },
    weight: { kind: "whole number", minimum: 0 },
    port: { kind: "whole number", minimum: 0 },
    service: { kind: "text" },
    protocol: { kind: "text" },
    tag: { kind: "text" },
  },
  replaceOn: ["domainId", "recordType"],
  timeouts: { create: 20, update: 20, delete: 20 },

  async create({ client, ...waiting }, inputs) {
    const request = {
      ...waiting,
      method: "POST",
      path: path(inputs),
      body: body(inputs),
      answer: recordAnswer,
    } as const;
    const { id } = await client.send(request);
    return { id: String(id), outputs: {} };
  },

  async read({ client, ...waiting }, id, state): Promise<Properties> {
    const { domainId } = z.object({ domainId: z.number() }).parse(state);
    const request = {
      ...waiting,
      method: "GET",
      path: `${path(state)}/${id}`,
      answer: recordAnswer,
    } as const;
    const record = await client.send(request);
    return {
      domainId,
      recordType: record.type,
      target: record.target,
      name: record.name ?? "",
      ttlSec: record.ttl_sec ?? 0,
      priority: record.priority ?? 0,
      weight: record.weight ?? 0,
      port: record.port ?? 0,
      service: record.service ?? "",
      protocol: record.protocol ?? "",
      tag: record.tag ?? "",
    };
  },

  async update({ client, ...waiting }, id, _state, inputs) {
    const one = `${path(inputs)}/${id}`;
    await client.send({ ...waiting, method: "PUT", path: one, body: body(inputs), answer: recordAnswer });
  },

  async delete({ client, ...waiting }, id, state) {
    await client.send({ ...waiting, method: "DELETE", path: `${path(state)}/${id}`, answer: ANYTHING });
  },

  imported(id) {
    const [, domainId, recordId] = /^(\d+),(\d+)$/.exec(id) ?? [];
    if (domainId === undefined || recordId === undefined) {
      throw new Error(`a domain record is imported as <domain id>,<record id>, not as ${JSON.stringify(id)}`);
    }
    return { id: recordId, state: { domainId: Number(domainId) } };
  },
};
