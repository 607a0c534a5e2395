import { readFile } from "node:fs/promises";
import { CoreV1Api, KubeConfig, VersionApi } from "@kubernetes/client-node";
import { badRequest } from "./answer.ts";
import { JsonFile } from "../state/json-file.ts";
import type { ClusterProvisioner, DesiredCluster, ObservedCluster } from "./provisioner.ts";

/** What a given cluster is like. */
export interface GivenCluster {
  /** Minor version of Kubernetes, such as `1.36`. */
  readonly kubernetesVersion: string;
  /** Number of nodes that are Ready. */
  readonly readyNodes: number;
}

/**
 * Asks the cluster of a kubeconfig what it is like.
 * @throws Error naming the kubeconfig that can't be used, or whose cluster has no Ready node.
 */
export async function inspectCluster(path: string): Promise<GivenCluster> {
  const { access, version } = await openCluster(path);
  const readyNodes = await countReadyNodes(access);
  if (readyNodes === 0) {
    throw new Error(`The cluster of ${path} has no node that is Ready`);
  }
  return { kubernetesVersion: version, readyNodes };
}

interface ProvidedCluster {
  /** Path of the kubeconfig. */
  readonly path: string;
  readonly kubeconfig: string;
  readonly access: KubeConfig;
  readonly endpoint: string;
  readonly version: string;
}

interface Claim {
  readonly path: string;
  /** Ids of the nodes that were asked for. */
  readonly nodes: readonly string[];
}

/** Cluster id -> what it was given. */
type Claims = Record<string, Claim>;

/**
 * Hands out clusters that exist already: each cluster created through the API claims the first of the given kubeconfigs
 * that is free and has its version, and
 * frees it when deleted. Nothing in those clusters is touched: their nodes are as many as they are, and carry no labels
 * or taints of a pool; all nodes of the pools count as Ready once the cluster has a Ready node.
 */
export class ProvidedClusters implements ClusterProvisioner {
  readonly kubernetesVersions: readonly string[];
  readonly capacity: number;
  readonly #clusters: readonly ProvidedCluster[];
  readonly #claims: JsonFile<Claims>;

  private constructor(clusters: readonly ProvidedCluster[], claims: JsonFile<Claims>) {
    this.#clusters = clusters;
    this.#claims = claims;
    this.capacity = clusters.length;
    this.kubernetesVersions = [...new Set(clusters.map(({ version }) => version))].toSorted((one, other) =>
      other.localeCompare(one, "en", { numeric: true }),
    );
  }

  /**
   * Reads the kubeconfigs and asks each cluster for its version.
   * @param claimsFile Keeps which cluster was given which kubeconfig.
   * @throws Error naming the kubeconfig that can't be read, has no current context, or whose cluster does not answer.
   */
  static async open(paths: readonly string[], claimsFile: string): Promise<ProvidedClusters> {
    const clusters = await Promise.all(paths.map(openCluster));
    return new ProvidedClusters(clusters, new JsonFile<Claims>(claimsFile));
  }

  apply(cluster: DesiredCluster): Promise<void> {
    const claims = this.#claims.read() ?? {};
    const claimed = claims[cluster.id]?.path ?? this.#free(claims, cluster.kubernetesVersion);
    const provided = this.#clusters.find(({ path }) => path === claimed);
    if (provided?.version !== cluster.kubernetesVersion) {
      const why =
        provided === undefined
          ? "no kubeconfig is free for it"
          : `the cluster of ${provided.path} runs Kubernetes ${provided.version}`;
      return Promise.reject(
        new Error(`${why}; ${cluster.label} should have Kubernetes ${cluster.kubernetesVersion}`),
      );
    }
    const nodes = cluster.nodes.map(({ id }) => id);
    this.#claims.write({ ...claims, [cluster.id]: { path: provided.path, nodes } });
    return Promise.resolve();
  }

  async observe(clusterId: number): Promise<ObservedCluster> {
    const claim = this.#claims.read()?.[clusterId];
    const provided = this.#clusters.find(({ path }) => path === claim?.path);
    if (claim === undefined || provided === undefined) {
      return { readyNodes: new Set() };
    }
    const isReady = (await countReadyNodes(provided.access)) > 0;
    return {
      endpoint: provided.endpoint,
      kubeconfig: provided.kubeconfig,
      readyNodes: new Set(isReady ? claim.nodes : []),
    };
  }

  regenerateKubeconfig(): Promise<void> {
    return Promise.reject(
      badRequest("The kubeconfig was given to the sandbox; only its owner can replace it"),
    );
  }

  remove(clusterId: number): Promise<void> {
    const others = Object.entries(this.#claims.read() ?? {}).filter(([id]) => id !== String(clusterId));
    this.#claims.write(Object.fromEntries(others));
    return Promise.resolve();
  }

  #free(claims: Claims, version: string): string | undefined {
    const taken = new Set(Object.values(claims).map(({ path }) => path));
    return this.#clusters.find((cluster) => cluster.version === version && !taken.has(cluster.path))?.path;
  }
}

async function countReadyNodes(access: KubeConfig): Promise<number> {
  const { items } = await access.makeApiClient(CoreV1Api).listNode();
  return items.filter((node) =>
    node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  ).length;
}

async function openCluster(path: string): Promise<ProvidedCluster> {
  try {
    const kubeconfig = await readFile(path, "utf8");
    const access = new KubeConfig();
    access.loadFromString(kubeconfig);
    const endpoint = access.getCurrentCluster()?.server;
    if (endpoint === undefined) {
      throw new Error("it has no current context that names a cluster");
    }
    const { major, minor } = await access.makeApiClient(VersionApi).getCode();
    return { path, kubeconfig, access, endpoint, version: `${major}.${minor.replace(/\D/g, "")}` };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The kubeconfig ${path} can't be used: ${reason}`, { cause: error });
  }
}
