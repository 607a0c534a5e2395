import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { badRequest, notFound, timestamp } from "./answer.ts";
import { type Emulator, pathId } from "./emulator.ts";
import { listing } from "./listing.ts";
import { nodesOf } from "./lke/records.ts";
import { type LinodeState, takeId } from "./state.ts";
import { parseBody, tags, uniqueLabel } from "./validation.ts";

const policy = z.enum(["ACCEPT", "DROP"], { error: "Must be ACCEPT or DROP" });

const rule = z
  .object({
    label: z.string().min(3, "Must be 3 to 32 characters").max(32, "Must be 3 to 32 characters"),
    action: policy,
    protocol: z.enum(["TCP", "UDP", "ICMP", "IPENCAP"], { error: "Must be TCP, UDP, ICMP or IPENCAP" }),
    ports: z.string().optional(),
    addresses: z
      .object({
        ipv4: z.array(z.cidrv4("Must be an IPv4 network in CIDR notation")).nullish(),
        ipv6: z.array(z.cidrv6("Must be an IPv6 network in CIDR notation")).nullish(),
      })
      .default({}),
    description: z.string().max(100).optional(),
  })
  .refine(
    ({ protocol, ports }) => ports === undefined || ports === "" || protocol === "TCP" || protocol === "UDP",
    {
      path: ["ports"],
      error: "Ports are only allowed with TCP and UDP",
    },
  );

const rules = z.object({
  inbound: z.array(rule).nullish(),
  outbound: z.array(rule).nullish(),
  inbound_policy: policy,
  outbound_policy: policy,
});

const ids = z.array(z.number().int());

const deviceKinds = { linodes: "linode", nodebalancers: "nodebalancer" } as const;

type DeviceType = (typeof deviceKinds)[keyof typeof deviceKinds];

interface FirewallDevice {
  readonly id: number;
  readonly type: DeviceType;
  readonly entityId: number;
  readonly created: string;
}

/** A Cloud Firewall; its rules are kept and answered, no packet meets them. */
export interface FirewallRecord {
  readonly id: number;
  readonly created: string;
  updated: string;
  label: string;
  status: "enabled" | "disabled";
  tags: string[];
  rules: z.output<typeof rules>;
  devices: FirewallDevice[];
}

/** Cloud Firewalls, their rules and the devices behind them: `/networking/firewalls`. */
export function firewallRoutes(api: FastifyInstance, emulator: Emulator): void {
  const { store } = emulator;
  const base = "/networking/firewalls";
  const label = (besides?: number) =>
    uniqueLabel((wanted) =>
      store.state.firewalls.some(({ id, label: other }) => id !== besides && other === wanted),
    );

  api.get(base, (request) => listing(request, store.state.firewalls.map(firewallAnswer)));

  api.post(base, async (request) => {
    const schema = z.object({
      label: label(),
      rules,
      tags: tags.optional(),
      devices: z.object({ linodes: ids.nullish(), nodebalancers: ids.nullish() }).nullish(),
    });
    const body = parseBody(schema, request.body);
    const entities = Object.entries(deviceKinds).flatMap(([key, type]) =>
      (body.devices?.[key as keyof typeof deviceKinds] ?? []).map((entityId) => ({ type, entityId })),
    );
    for (const { type, entityId } of entities) {
      await requireEntity(emulator, type, entityId);
    }
    const now = timestamp(new Date());
    const created = store.change((state) => {
      const firewall: FirewallRecord = {
        id: takeId(state),
        created: now,
        updated: now,
        label: body.label,
        status: "enabled",
        tags: body.tags ?? [],
        rules: body.rules,
        devices: entities.map((entity) => ({ id: takeId(state), created: now, ...entity })),
      };
      state.firewalls.push(firewall);
      return firewall;
    });
    return firewallAnswer(created);
  });

  const one = `${base}/:firewallId`;
  api.get(one, (request) => firewallAnswer(firewallOf(store.state, pathId(request, "firewallId"))));

  api.put(one, (request) => {
    const id = pathId(request, "firewallId");
    firewallOf(store.state, id);
    const schema = z.object({
      label: label(id).optional(),
      status: z.enum(["enabled", "disabled"], { error: "Must be enabled or disabled" }).optional(),
      tags: tags.optional(),
    });
    const body = parseBody(schema, request.body);
    return firewallAnswer(
      changeFirewall(emulator, id, (firewall) => {
        firewall.label = body.label ?? firewall.label;
        firewall.status = body.status ?? firewall.status;
        firewall.tags = body.tags ?? firewall.tags;
        return firewall;
      }),
    );
  });

  api.delete(one, (request) => {
    const id = pathId(request, "firewallId");
    store.change((state) => {
      firewallOf(state, id);
      state.firewalls = state.firewalls.filter((firewall) => firewall.id !== id);
    });
    return {};
  });

  api.get(`${one}/rules`, (request) => rulesAnswer(firewallOf(store.state, pathId(request, "firewallId"))));

  api.put(`${one}/rules`, (request) => {
    const id = pathId(request, "firewallId");
    firewallOf(store.state, id);
    const body = parseBody(rules, request.body);
    return rulesAnswer(
      changeFirewall(emulator, id, (firewall) => {
        firewall.rules = body;
        return firewall;
      }),
    );
  });
  deviceRoutes(api, emulator, `${one}/devices`);
}

function deviceRoutes(api: FastifyInstance, emulator: Emulator, base: string): void {
  const { store } = emulator;
  api.get(base, (request) =>
    listing(request, firewallOf(store.state, pathId(request, "firewallId")).devices.map(deviceAnswer)),
  );

  api.post(base, async (request) => {
    const id = pathId(request, "firewallId");
    firewallOf(store.state, id);
    const { type, id: entityId } = parseBody(
      z.object({ id: z.number().int(), type: z.enum(Object.values(deviceKinds)) }),
      request.body,
    );
    await requireEntity(emulator, type, entityId);
    return deviceAnswer(
      changeFirewall(emulator, id, (firewall, state) => {
        const device = { id: takeId(state), type, entityId, created: timestamp(new Date()) };
        firewall.devices.push(device);
        return device;
      }),
    );
  });

  api.delete(`${base}/:deviceId`, (request) => {
    const deviceId = pathId(request, "deviceId");
    changeFirewall(emulator, pathId(request, "firewallId"), (firewall) => {
      if (!firewall.devices.some(({ id }) => id === deviceId)) {
        throw notFound();
      }
      firewall.devices = firewall.devices.filter(({ id }) => id !== deviceId);
    });
    return {};
  });
}

async function requireEntity(
  { store, infrastructure }: Emulator,
  type: DeviceType,
  id: number,
): Promise<void> {
  const known =
    type === "linode"
      ? store.state.clusters.flatMap(nodesOf).map(({ instanceId }) => instanceId)
      : (await infrastructure.nodeBalancers()).map((balancer) => balancer.id);
  if (!known.includes(id)) {
    throw badRequest(`There is no ${type} ${String(id)}`, `devices.${type}s`);
  }
}

function changeFirewall<Result>(
  { store }: Emulator,
  id: number,
  edit: (firewall: FirewallRecord, state: LinodeState) => Result,
): Result {
  return store.change((state) => {
    const firewall = firewallOf(state, id);
    firewall.updated = timestamp(new Date());
    return edit(firewall, state);
  });
}

function firewallOf(state: LinodeState, id: number): FirewallRecord {
  const firewall = state.firewalls.find((candidate) => candidate.id === id);
  if (firewall === undefined) {
    throw notFound();
  }
  return firewall;
}

function firewallAnswer(firewall: FirewallRecord) {
  const { id, label, status, created, updated, devices } = firewall;
  return {
    id,
    label,
    status,
    tags: firewall.tags,
    created,
    updated,
    rules: rulesAnswer(firewall),
    entities: devices.map((device) => deviceAnswer(device).entity),
  };
}

function rulesAnswer({ rules: kept }: FirewallRecord) {
  return { ...kept, inbound: kept.inbound ?? [], outbound: kept.outbound ?? [] };
}

function deviceAnswer({ id, type, entityId, created }: FirewallDevice) {
  const url =
    type === "linode" ? `/v4/linode/instances/${String(entityId)}` : `/v4/nodebalancers/${String(entityId)}`;
  return {
    id,
    created,
    updated: created,
    entity: { id: entityId, type, label: `${type}-${String(entityId)}`, url },
  };
}
