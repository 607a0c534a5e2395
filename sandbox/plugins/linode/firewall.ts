import { z } from "zod";
import type { Properties } from "../frame/values.ts";
import { TAGS } from "./cluster/fields.ts";
import { ANYTHING } from "./client.ts";
import type { Kind, Operation } from "./resource.ts";
import type { ListField, TextField } from "../schema/field.ts";

const POLICY: TextField = { kind: "text", required: true, allowed: ["ACCEPT", "DROP"] };

const RULES: ListField = {
  kind: "list",
  item: {
    kind: "object",
    fields: {
      label: { kind: "text", required: true },
      action: POLICY,
      protocol: { kind: "text", required: true, allowed: ["TCP", "UDP", "ICMP", "IPENCAP"] },
      ports: { kind: "text" },
      ipv4s: { kind: "set", item: { kind: "text" } },
      ipv6s: { kind: "set", item: { kind: "text" } },
      description: { kind: "text" },
    },
  },
};

const IDS: ListField = { kind: "set", item: { kind: "whole number" }, computed: true };

const rule = z.object({
  label: z.string(),
  action: z.string(),
  protocol: z.string(),
  ports: z.string().optional(),
  ipv4s: z.array(z.string()).optional(),
  ipv6s: z.array(z.string()).optional(),
  description: z.string().optional(),
});

const firewallSpec = z.object({
  label: z.string(),
  inboundPolicy: z.string(),
  outboundPolicy: z.string(),
  inbounds: z.array(rule).default([]),
  outbounds: z.array(rule).default([]),
  linodes: z.array(z.number()).optional(),
  nodebalancers: z.array(z.number()).optional(),
  disabled: z.boolean().default(false),
  tags: z.array(z.string()).optional(),
});

type FirewallSpec = z.output<typeof firewallSpec>;

const ruleAnswer = z
  .object({
    label: z.string(),
    action: z.string(),
    protocol: z.string(),
    ports: z.string().nullish(),
    description: z.string().nullish(),
    addresses: z
      .object({ ipv4: z.array(z.string()).nullish(), ipv6: z.array(z.string()).nullish() })
      .nullish(),
  })
  .transform(({ addresses, ports, description, ...rest }) => ({
    ...rest,
    ports: ports ?? "",
    description: description ?? "",
    ipv4s: addresses?.ipv4 ?? [],
    ipv6s: addresses?.ipv6 ?? [],
  }));

const firewallAnswer = z.object({
  id: z.number(),
  label: z.string(),
  status: z.string(),
  tags: z.array(z.string()).nullish(),
  created: z.string(),
  updated: z.string(),
  rules: z.object({
    inbound: z.array(ruleAnswer).nullish(),
    outbound: z.array(ruleAnswer).nullish(),
    inbound_policy: z.string(),
    outbound_policy: z.string(),
  }),
});

const deviceAnswer = z.object({
  id: z.number(),
  entity: z.object({ id: z.number(), type: z.string(), label: z.string().nullish(), url: z.string() }),
});

function rules({ inbounds, outbounds, inboundPolicy, outboundPolicy }: FirewallSpec) {
  const body = ({ ipv4s, ipv6s, ...rest }: z.output<typeof rule>) => ({
    ...rest,
    addresses: { ipv4: ipv4s, ipv6: ipv6s },
  });
  return {
    inbound: inbounds.map(body),
    outbound: outbounds.map(body),
    inbound_policy: inboundPolicy,
    outbound_policy: outboundPolicy,
  };
}

/** `linode:index/firewall:Firewall` */
export const FIREWALL: Kind = {
  title: "firewall",
  fields: {
    label: { kind: "text", required: true },
    inboundPolicy: POLICY,
    outboundPolicy: POLICY,
    inbounds: RULES,
    outbounds: RULES,
    linodes: IDS,
    nodebalancers: IDS,
    disabled: { kind: "boolean" },
    tags: TAGS,
    created: { kind: "output" },
    devices: { kind: "output" },
    status: { kind: "output" },
    updated: { kind: "output" },
  },
  replaceOn: [],
  timeouts: { create: 20, update: 20, delete: 20 },

  async create(operation, inputs) {
    const spec = firewallSpec.parse(inputs);
    const { label, tags, linodes, nodebalancers } = spec;
    const { id } = await operation.client.send({
      ...operation,
      method: "POST",
      path: "/networking/firewalls",
      body: { label, tags, rules: rules(spec), devices: { linodes, nodebalancers } },
      answer: firewallAnswer,
    });
    return { id: String(id), outputs: {} };
  },

  /** A firewall is born enabled. */
  async settle(operation, id, state) {
    const { disabled } = firewallSpec.pick({ disabled: true }).parse(state);
    if (disabled) {
      await setStatus(operation, id, { status: "disabled" });
    }
  },

  async read(operation, id): Promise<Properties> {
    const path = `/networking/firewalls/${id}`;
    const request = { ...operation, method: "GET", path, answer: firewallAnswer } as const;
    const { rules: live, ...firewall } = await operation.client.send(request);
    const devices = await devicesOf(operation, id);
    const ids = (type: string) =>
      devices.filter((device) => device.type === type).map(({ entityId }) => entityId);
    return {
      label: firewall.label,
      status: firewall.status,
      disabled: firewall.status === "disabled",
      tags: firewall.tags ?? [],
      created: firewall.created,
      updated: firewall.updated,
      inboundPolicy: live.inbound_policy,
      outboundPolicy: live.outbound_policy,
      inbounds: live.inbound ?? [],
      outbounds: live.outbound ?? [],
      devices,
      linodes: ids("linode"),
      nodebalancers: ids("nodebalancer"),
    };
  },

  async update(operation, id, _state, inputs) {
    const spec = firewallSpec.parse(inputs);
    const { label, tags, disabled } = spec;
    await setStatus(operation, id, { label, tags, status: disabled ? "disabled" : "enabled" });
    const path = `/networking/firewalls/${id}/rules`;
    await operation.client.send({ ...operation, method: "PUT", path, body: rules(spec), answer: ANYTHING });
    await reconcileDevices(operation, id, spec);
  },

  async delete(operation, id) {
    const path = `/networking/firewalls/${id}`;
    await operation.client.send({ ...operation, method: "DELETE", path, answer: ANYTHING });
  },
};

async function setStatus(operation: Operation, id: string, body: object): Promise<void> {
  const path = `/networking/firewalls/${id}`;
  await operation.client.send({ ...operation, method: "PUT", path, body, answer: firewallAnswer });
}

async function devicesOf(operation: Operation, id: string) {
  const devices = await operation.client.list(`/networking/firewalls/${id}/devices`, deviceAnswer, operation);
  return devices.map(({ id: deviceId, entity }) => ({
    id: deviceId,
    entityId: entity.id,
    type: entity.type,
    label: entity.label ?? "",
    url: entity.url,
  }));
}

/** Devices of a kind that the program says nothing about are left alone. */
async function reconcileDevices(operation: Operation, id: string, spec: FirewallSpec): Promise<void> {
  const path = `/networking/firewalls/${id}/devices`;
  const live = await devicesOf(operation, id);
  for (const [type, wanted] of [
    ["linode", spec.linodes],
    ["nodebalancer", spec.nodebalancers],
  ] as const) {
    const own = live.filter((device) => device.type === type);
    for (const entityId of wanted?.filter((entity) => !own.some((device) => device.entityId === entity)) ??
      []) {
      const body = { id: entityId, type };
      await operation.client.send({ ...operation, method: "POST", path, body, answer: ANYTHING });
    }
    for (const device of own.filter(({ entityId }) => wanted?.includes(entityId) === false)) {
      await operation.client.send({
        ...operation,
        method: "DELETE",
        path: `${path}/${String(device.id)}`,
        answer: ANYTHING,
      });
    }
  }
}
