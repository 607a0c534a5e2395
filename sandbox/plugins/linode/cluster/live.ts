import { z } from "zod";
import type { Properties } from "../../frame/values.ts";
import { LinodeFailure } from "../client.ts";
import type { Operation } from "../resource.ts";
import {
  aclAnswer,
  clusterAnswer,
  dashboardAnswer,
  endpointAnswer,
  kubeconfigAnswer,
  type LivePool,
  poolAnswer,
} from "./answers.ts";
import { knownPool, orderPools } from "./pools.ts";

/** What a state tells of the pools; an imported cluster has no state yet. */
const knownPools = z.object({
  pools: z.array(knownPool).default([]),
  externalPoolTags: z.array(z.string()).default([]),
});

/** A cluster as the API has it, in the SDK's form; it waits for what a young cluster has not got yet. */
export async function liveCluster(operation: Operation, id: string, state: Properties) {
  const { client } = operation;
  const path = `/lke/clusters/${id}`;
  const get = <Schema extends z.ZodType>(part: string, answer: Schema) =>
    client.send({ ...operation, method: "GET", path: `${path}${part}`, answer });

  const { created, updated, highAvailability, outputs: own } = await get("", clusterAnswer);
  const { externalPoolTags } = knownPools.parse(state);
  const pools = (await livePools(operation, path, state)).filter((pool) => pool !== undefined);
  const { kubeconfig } = await get("/kubeconfig", kubeconfigAnswer);
  const endpoints = await client.list(`${path}/api-endpoints`, endpointAnswer, operation);
  const acl = await unlessUnsupported(get("/control_plane_acl", aclAnswer));
  const controlPlane = { highAvailability, ...(acl === undefined ? {} : { acl }) };
  const outputs = {
    ...own,
    ...(externalPoolTags.length === 0 ? {} : { externalPoolTags }),
    pools,
    kubeconfig,
    apiEndpoints: endpoints.map(({ endpoint }) => endpoint),
    controlPlane,
    dashboardUrl: own.tier === "standard" ? (await get("/dashboard", dashboardAnswer)).url : "",
  };
  return { created, updated, outputs };
}

/** The pools that belong to the cluster resource, in the order of its state, with gaps for those that have vanished. */
export async function livePools(
  operation: Operation,
  path: string,
  state: Properties,
): Promise<(LivePool | undefined)[]> {
  const { pools, externalPoolTags } = knownPools.parse(state);
  const live = await operation.client.list(`${path}/pools`, poolAnswer, operation);
  const own = live.filter(({ tags }) => !tags.some((tag) => externalPoolTags.includes(tag)));
  return orderPools(own, pools);
}

/** Not every cluster has an ACL. */
async function unlessUnsupported<Result>(request: Promise<Result>): Promise<Result | undefined> {
  try {
    return await request;
  } catch (error) {
    if (
      error instanceof LinodeFailure &&
      (error.status === 404 || error.message.includes("does not support Control Plane ACL"))
    ) {
      return undefined;
    }
    throw error;
  }
}
