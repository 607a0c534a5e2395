import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { eventually, LinodeAccount } from "./linode-account.ts";

/** A cluster as the API answers it, as far as the tests look at it. */
export interface ClusterAnswer {
  readonly id: number;
  readonly label: string;
  readonly updated: string;
}

/** A node pool as the API answers it, as far as the tests look at it. */
export interface PoolAnswer {
  readonly id: number;
  readonly count: number;
  readonly nodes: readonly { readonly id: string; readonly instance_id: number; readonly status: string }[];
}

/** A pool, as it is asked for. */
export const pool = { count: 2, type: "g6-standard-2", disks: null };

/** A cluster with that pool alone, as it is asked for. */
export const creation = { label: "hub", region: "us-ord", k8s_version: "1.35", node_pools: [pool] };

/** Creates a cluster that differs from {@link creation} by `changes`; answers its id. */
export async function createCluster(account: LinodeAccount, changes: object = {}): Promise<number> {
  const { status, body } = await account.call("POST", "/v4/lke/clusters", { ...creation, ...changes });
  assert.equal(status, 200, JSON.stringify(body));
  return (body as ClusterAnswer).id;
}

/** The pools of a cluster. */
export async function pools(account: LinodeAccount, id: number): Promise<readonly PoolAnswer[]> {
  const { body } = await account.call("GET", `/v4/lke/clusters/${String(id)}/pools?page=1`);
  return (body as { data: readonly PoolAnswer[] }).data;
}

/** Opens an account with one cluster, which the provisioner knows already. */
export async function withCluster(
  context: TestContext,
  changes: object = {},
): Promise<{ account: LinodeAccount; id: number; path: string }> {
  const account = await LinodeAccount.open(context);
  const id = await createCluster(account, changes);
  const path = `/v4/lke/clusters/${String(id)}`;
  await eventually(() => account.clusters.applied[0]);
  return { account, id, path };
}
