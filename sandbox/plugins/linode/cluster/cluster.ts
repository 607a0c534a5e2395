import { z } from "zod";
import type { CreatedResource } from "../../frame/provider.ts";
import { sameValue } from "../../frame/values.ts";
import type { Properties } from "../../frame/values.ts";
import { ANYTHING, pauseFor } from "../client.ts";
import type { Kind, Operation } from "../resource.ts";
import { clusterAnswer, type LivePool } from "./answers.ts";
import { checkPoolSizes, CLUSTER } from "./fields.ts";
import { nodesReady, poolCreation, poolSpec, reconcilePools } from "./pools.ts";
import { liveCluster, livePools } from "./live.ts";
import { nodesDeleted } from "./recycling.ts";

const clusterSpec = z.object({
  label: z.string(),
  region: z.string(),
  k8sVersion: z.string(),
  pools: z.array(poolSpec),
  controlPlane: z
    .object({
      highAvailability: z.boolean().optional(),
      acl: z
        .object({
          enabled: z.boolean().optional(),
          addresses: z
            .array(z.object({ ipv4s: z.array(z.string()).optional(), ipv6s: z.array(z.string()).optional() }))
            .default([]),
        })
        .optional(),
    })
    .optional(),
  tags: z.array(z.string()).optional(),
  tier: z.string().optional(),
  aplEnabled: z.boolean().optional(),
});

type ClusterSpec = z.output<typeof clusterSpec>;

/** `linode:index/lkeCluster:LkeCluster` */
export const LKE_CLUSTER: Kind = {
  title: "LKE cluster",
  fields: CLUSTER,
  replaceOn: ["region", "tier", "aplEnabled"],
  timeouts: { create: 35, update: 40, delete: 15 },
  checkTogether: checkPoolSizes,

  async create(operation, inputs): Promise<CreatedResource> {
    const spec = clusterSpec.parse(inputs);
    const body = {
      label: spec.label,
      region: spec.region,
      k8s_version: spec.k8sVersion,
      node_pools: spec.pools.map(poolCreation),
      tags: spec.tags,
      control_plane: controlPlane(spec),
      tier: spec.tier,
      apl_enabled: spec.aplEnabled,
    };
    const { id } = await operation.client.send({
      ...operation,
      method: "POST",
      path: "/lke/clusters",
      body,
      answer: clusterAnswer,
    });
    return { id: String(id), outputs: {} };
  },

  async read(operation, id, state): Promise<Properties> {
    return (await liveCluster(operation, id, state)).outputs;
  },

  async update(operation, id, state, inputs): Promise<void> {
    const { client } = operation;
    const path = `/lke/clusters/${id}`;
    const spec = clusterSpec.parse(inputs);
    const before = clusterSpec.partial().parse(state);
    const isUpgrade = before.k8sVersion !== spec.k8sVersion;
    const body = {
      ...(before.label === spec.label ? {} : { label: spec.label }),
      ...(isUpgrade ? { k8s_version: spec.k8sVersion } : {}),
      ...(spec.tags === undefined || sameValue(before.tags, spec.tags) ? {} : { tags: spec.tags }),
      ...(spec.controlPlane === undefined ? {} : { control_plane: controlPlane(spec) }),
    };
    if (Object.keys(body).length > 0) {
      await client.send({ ...operation, method: "PUT", path, body, answer: clusterAnswer });
    }
    const pools = await livePools(operation, path, state);
    if (isUpgrade) {
      await recycle(
        operation,
        path,
        pools.filter((pool) => pool !== undefined),
      );
    }
    await reconcilePools(operation, `${path}/pools`, pools, spec.pools);
  },

  async delete({ client, ...waiting }, id): Promise<void> {
    const path = `/lke/clusters/${id}`;
    await client.send({ ...waiting, method: "DELETE", path, answer: ANYTHING });
    for (;;) {
      const { outputs } = await client.send({ ...waiting, method: "GET", path, answer: clusterAnswer });
      if (outputs.status === "not_ready") {
        return;
      }
      waiting.report?.("waiting for the cluster to be gone");
      await pauseFor(client.settings.clusterPoll, waiting.signal);
    }
  },
};

/** As the official provider has it: a control plane without an ACL disables it. */
function controlPlane({ controlPlane: wanted }: ClusterSpec) {
  if (wanted === undefined) {
    return undefined;
  }
  const [addresses] = wanted.acl?.addresses ?? [];
  return {
    high_availability: wanted.highAvailability,
    acl:
      wanted.acl === undefined
        ? { enabled: false }
        : {
            enabled: wanted.acl.enabled,
            ...(addresses === undefined
              ? {}
              : { addresses: { ipv4: addresses.ipv4s ?? [], ipv6: addresses.ipv6s ?? [] } }),
          },
  };
}

/** Nodes get the new version only by being replaced. */
async function recycle(operation: Operation, path: string, pools: readonly LivePool[]): Promise<void> {
  const { client } = operation;
  await client.send({ ...operation, method: "POST", path: `${path}/recycle`, body: {}, answer: ANYTHING });
  await nodesDeleted(
    operation,
    pools.flatMap(({ nodes }) => nodes.map(({ instanceId }) => instanceId)),
  );
  for (const { id } of pools) {
    await nodesReady(operation, `${path}/pools/${String(id)}`);
  }
}
