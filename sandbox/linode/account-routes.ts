import type { FastifyInstance } from "fastify";
import { notFound, timestamp } from "./answer.ts";
import { CLUSTER_TYPES, LINODE_TYPES, REGIONS } from "./catalogue.ts";
import { type Emulator, pathId, pathText } from "./emulator.ts";
import type { NodeBalancer, Volume } from "./infrastructure.ts";
import { listing } from "./listing.ts";
import type { EventRecord } from "./state.ts";

/** What there is to choose from: regions, plans, versions of Kubernetes. */
export function catalogueRoutes(api: FastifyInstance, { provisioner }: Emulator, beta: boolean): void {
  const collection = (path: string, items: () => readonly { readonly id: string }[]) => {
    api.get(path, (request) => listing(request, items()));
    api.get(`${path}/:id`, (request) => {
      const id = pathText(request, "id");
      const item = items().find((candidate) => candidate.id === id);
      if (item === undefined) {
        throw notFound();
      }
      return item;
    });
  };
  collection("/regions", () => REGIONS);
  collection("/linode/types", () => LINODE_TYPES);
  collection("/lke/types", () => CLUSTER_TYPES);
  collection("/lke/versions", () => provisioner.kubernetesVersions.map((id) => ({ id })));
  if (beta) {
    collection("/lke/tiers/standard/versions", () =>
      provisioner.kubernetesVersions.map((id) => ({ id, tier: "standard" })),
    );
    collection("/lke/tiers/enterprise/versions", () => []);
  }
}

/** What has happened, and what the clusters' controllers made: events, load balancers, volumes. */
export function accountRoutes(api: FastifyInstance, { store, infrastructure }: Emulator): void {
  api.get("/account/events", (request) => listing(request, store.state.events.toReversed().map(eventAnswer)));

  api.get("/nodebalancers", async (request) =>
    listing(request, (await infrastructure.nodeBalancers()).map(nodeBalancerAnswer)),
  );
  api.get("/nodebalancers/:id", async (request) =>
    nodeBalancerAnswer(byId(await infrastructure.nodeBalancers(), pathId(request, "id"))),
  );
  api.delete("/nodebalancers/:id", async (request) => {
    const { id } = byId(await infrastructure.nodeBalancers(), pathId(request, "id"));
    await infrastructure.deleteNodeBalancer(id);
    return {};
  });

  api.get("/volumes", async (request) =>
    listing(request, (await infrastructure.volumes()).map(volumeAnswer)),
  );
  api.get("/volumes/:id", async (request) =>
    volumeAnswer(byId(await infrastructure.volumes(), pathId(request, "id"))),
  );
  api.delete("/volumes/:id", async (request) => {
    const { id } = byId(await infrastructure.volumes(), pathId(request, "id"));
    await infrastructure.deleteVolume(id);
    return {};
  });
}

function byId<Item extends { readonly id: number }>(items: readonly Item[], id: number): Item {
  const item = items.find((candidate) => candidate.id === id);
  if (item === undefined) {
    throw notFound();
  }
  return item;
}

function eventAnswer(event: EventRecord) {
  return { ...event, status: "finished", percent_complete: 100, seen: false, read: false };
}

function nodeBalancerAnswer({ id, label, region, ipv4, tags, created }: NodeBalancer) {
  const moment = timestamp(created);
  return { id, label, region, ipv4, hostname: ipv4, tags, created: moment, updated: moment };
}

function volumeAnswer({ id, label, region, sizeGiB, linodeId, tags, created }: Volume) {
  const moment = timestamp(created);
  return {
    id,
    label,
    region,
    size: sizeGiB,
    status: "active",
    linode_id: linodeId ?? null,
    filesystem_path: `/dev/disk/by-id/scsi-0Linode_Volume_${label}`,
    tags,
    created: moment,
    updated: moment,
  };
}
