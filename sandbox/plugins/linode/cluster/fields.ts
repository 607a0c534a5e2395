import type { CheckFailure } from "../../frame/provider.ts";
import { isList, isProperties } from "../../frame/values.ts";
import type { Properties } from "../../frame/values.ts";
import type { Fields, ListField, ObjectField } from "../../schema/field.ts";

/** Words that the API tells objects by. */
export const TAGS: ListField = { kind: "set", item: { kind: "text" }, computed: true };

/** Taints of a pool's nodes. */
export const TAINTS: ListField = {
  kind: "set",
  item: {
    kind: "object",
    fields: {
      effect: { kind: "text", required: true, allowed: ["NoSchedule", "PreferNoSchedule", "NoExecute"] },
      key: { kind: "text", required: true },
      value: { kind: "text", required: true },
    },
  },
};

/** Bounds between which the number of a pool's nodes moves. */
export const AUTOSCALER: ObjectField = {
  kind: "object",
  fields: {
    min: { kind: "whole number", required: true, minimum: 1 },
    max: { kind: "whole number", required: true, minimum: 1 },
  },
};

const ADDRESSES: ListField = {
  kind: "list",
  computed: true,
  item: {
    kind: "object",
    fields: {
      ipv4s: { kind: "set", item: { kind: "text" }, computed: true },
      ipv6s: { kind: "set", item: { kind: "text" }, computed: true },
    },
  },
};

/** A pool within a cluster. The SDK's types have its outputs among its inputs, but they can't be given. */
export const POOL: Fields = {
  type: { kind: "text", required: true },
  count: { kind: "whole number", minimum: 1, computed: true },
  autoscaler: AUTOSCALER,
  labels: { kind: "map" },
  taints: TAINTS,
  tags: { kind: "set", item: { kind: "text" } },
  k8sVersion: { kind: "text", computed: true },
  updateStrategy: { kind: "text", computed: true, allowed: ["rolling_update", "on_recycle"] },
  id: { kind: "output" },
  nodes: { kind: "output" },
  diskEncryption: { kind: "output" },
};

/** A cluster. */
export const CLUSTER: Fields = {
  label: { kind: "text", required: true },
  region: { kind: "text", required: true },
  k8sVersion: { kind: "text", required: true },
  pools: { kind: "list", required: true, minimum: 1, item: { kind: "object", fields: POOL } },
  controlPlane: {
    kind: "object",
    computed: true,
    fields: {
      highAvailability: { kind: "boolean", computed: true },
      acl: {
        kind: "object",
        computed: true,
        fields: { enabled: { kind: "boolean", computed: true }, addresses: ADDRESSES },
      },
    },
  },
  tags: TAGS,
  externalPoolTags: { kind: "set", item: { kind: "text" } },
  tier: { kind: "text", computed: true },
  aplEnabled: { kind: "boolean", computed: true },
  apiEndpoints: { kind: "output" },
  dashboardUrl: { kind: "output" },
  kubeconfig: { kind: "output" },
  status: { kind: "output" },
};

/** Finds pools that nothing says the size of. */
export function checkPoolSizes({ pools }: Properties): readonly CheckFailure[] {
  return (isList(pools) ? pools : []).flatMap((pool, index) =>
    isProperties(pool) && pool.count === undefined && pool.autoscaler === undefined
      ? [
          {
            property: `pools[${String(index)}].count`,
            reason: "`count` must be defined when no autoscaler is defined",
          },
        ]
      : [],
  );
}
