import { ApiClient } from "./api/client.ts";
import { Discovery } from "./api/discovery.ts";
import { chooseConnection } from "./api/kubeconfig.ts";
import type { Connection } from "./api/kubeconfig.ts";
import { ObjectStore } from "./api/objects.ts";
import type { Settings } from "./settings.ts";

/** Milliseconds within which a cluster has to answer for the first time. */
const FIRST_ANSWER_LIMIT = 15_000;

/** A cluster that answers. */
export interface Cluster {
  readonly connection: Connection;
  readonly discovery: Discovery;
  readonly objects: ObjectStore;
  /** Namespace of objects that name none. */
  readonly defaultNamespace: string;
}

/** Why there is no cluster to speak to; previews are made without one. */
export interface Unreachable {
  readonly reason: string;
  /** Namespace of objects that name none, as far as it can be known. */
  readonly defaultNamespace: string;
}

/** Whether a cluster answers. */
export function isReachable(cluster: Cluster | Unreachable): cluster is Cluster {
  return "objects" in cluster;
}

/** Connects to the cluster that the settings choose. Never throws: a cluster may be there by the time it is needed. */
export async function connect(settings: Settings): Promise<Cluster | Unreachable> {
  let defaultNamespace = settings.namespace ?? "default";
  try {
    const connection = await chooseConnection(settings);
    defaultNamespace = settings.namespace ?? connection.namespace ?? "default";
    const client = new ApiClient(connection);
    await client.send({ method: "GET", path: "/version", signal: AbortSignal.timeout(FIRST_ANSWER_LIMIT) });
    const discovery = new Discovery(client);
    return { connection, discovery, objects: new ObjectStore(client, discovery), defaultNamespace };
  } catch (error) {
    return { reason: (error as Error).message, defaultNamespace };
  }
}

/**
 * The cluster, for what can't be done without one.
 * @throws Error that says why it can't be reached.
 */
export function requireCluster(cluster: Cluster | Unreachable): Cluster {
  if (isReachable(cluster)) {
    return cluster;
  }
  throw new Error(
    `configured Kubernetes cluster is unreachable: ${cluster.reason}; ` +
      "check the provider's kubeconfig and whether the API server is up. If the cluster is gone for good, set " +
      "PULUMI_K8S_DELETE_UNREACHABLE=true to drop its objects from the stack at the next refresh",
  );
}
