import { CoreV1Api, VersionApi } from "@kubernetes/client-node";
import { badRequest } from "./answer.ts";
import { askCluster } from "./cluster-request.ts";
import { JsonFile } from "../state/json-file.ts";
import { readGivenKubeconfig, type GivenKubeconfig } from "./given-kubeconfig.ts";
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
  const cluster = await openCluster(path);
  const readyNodes = await countReadyNodes(cluster);
  if (readyNodes === 0) {
    throw new Error(
      `the cluster of the kubeconfig ${path} has no node that is Ready. ` +
        `\`kubectl --kubeconfig ${path} describe nodes\` says why; try again when one is.`,
    );
  }
  return { kubernetesVersion: cluster.version, readyNodes };
}

interface ProvidedCluster extends GivenKubeconfig {
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
 * that is free and has its version, and frees it when deleted. Nothing in those clusters is touched: their nodes are as many as they are, and carry no labels
 * or taints of a pool; all nodes of the pools count as Ready once the cluster has a Ready node.
 */
export class ProvidedClusters implements ClusterProvisioner {
  readonly capacity: number;
  readonly #paths: readonly string[];
  /** Path of its kubeconfig -> a cluster that has answered. */
  readonly #clusters = new Map<string, ProvidedCluster>();
  readonly #claims: JsonFile<Claims>;

  private constructor(paths: readonly string[], claims: JsonFile<Claims>) {
    this.#paths = paths;
    this.#claims = claims;
    this.capacity = paths.length;
  }

  /**
   * Reads the kubeconfigs and asks each cluster for its version. One that does not answer is asked again when it is
   * needed, so that it is no obstacle to what is done in the others.
   * @param claimsFile Keeps which cluster was given which kubeconfig.
   * @param warn Hears why one can't be used.
   * @throws Error that says of each kubeconfig why it can't be used, if none of them can.
   */
  static async open(
    paths: readonly string[],
    claimsFile: string,
    warn: (message: string) => void = () => undefined,
  ): Promise<ProvidedClusters> {
    const provided = new ProvidedClusters(paths, new JsonFile<Claims>(claimsFile));
    const failures = (await provided.#open()).map(({ message }) => message);
    if (failures.length === paths.length) {
      throw new Error(failures.join("\n"));
    }
    failures.forEach(warn);
    return provided;
  }

  get kubernetesVersions(): readonly string[] {
    const versions = new Set([...this.#clusters.values()].map(({ version }) => version));
    return [...versions].toSorted((one, other) => other.localeCompare(one, "en", { numeric: true }));
  }

  async apply(cluster: DesiredCluster): Promise<void> {
    await this.#openFor(cluster.id);
    // From here to the record nothing waits: another cluster would choose the same one meanwhile.
    const claims = this.#claims.read() ?? {};
    const claimed = claims[cluster.id]?.path ?? this.#free(claims, cluster.kubernetesVersion);
    const provided = claimed === undefined ? undefined : this.#clusters.get(claimed);
    if (provided?.version !== cluster.kubernetesVersion) {
      const why =
        provided === undefined
          ? "no kubeconfig is free for it"
          : `the cluster of ${provided.path} runs Kubernetes ${provided.version}`;
      throw new Error(`${why}; ${cluster.label} should have Kubernetes ${cluster.kubernetesVersion}`);
    }
    const nodes = cluster.nodes.map(({ id }) => id);
    this.#claims.write({ ...claims, [cluster.id]: { path: provided.path, nodes } });
  }

  async observe(clusterId: number): Promise<ObservedCluster> {
    const claim = this.#claims.read()?.[clusterId];
    if (claim === undefined || !this.#paths.includes(claim.path)) {
      return { readyNodes: new Set() };
    }
    const provided = await this.#cluster(claim.path);
    const isReady = (await countReadyNodes(provided)) > 0;
    return {
      endpoint: provided.endpoint,
      kubeconfig: provided.text,
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
    return this.#paths.find((path) => this.#clusters.get(path)?.version === version && !taken.has(path));
  }

  /** Makes sure of the cluster that was given, or of all to choose from: while one is unknown, it may be the right one. */
  async #openFor(clusterId: number): Promise<void> {
    const claim = this.#claims.read()?.[clusterId];
    if (claim !== undefined) {
      await this.#cluster(claim.path);
      return;
    }
    const [failure] = await this.#open();
    if (failure !== undefined) {
      throw failure;
    }
  }

  async #cluster(path: string): Promise<ProvidedCluster> {
    const cluster = this.#clusters.get(path) ?? (await openCluster(path));
    this.#clusters.set(path, cluster);
    return cluster;
  }

  /** Asks the clusters that have not answered yet; tells why they do not. */
  async #open(): Promise<readonly Error[]> {
    const results = await Promise.allSettled(this.#paths.map((path) => this.#cluster(path)));
    return results
      .filter((result) => result.status === "rejected")
      .map(({ reason }) => (reason instanceof Error ? reason : new Error(String(reason))));
  }
}

async function countReadyNodes(kubeconfig: GivenKubeconfig): Promise<number> {
  const nodes = kubeconfig.access.makeApiClient(CoreV1Api);
  const { items } = await askCluster(kubeconfig, () => nodes.listNode());
  return items.filter((node) =>
    node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  ).length;
}

async function openCluster(path: string): Promise<ProvidedCluster> {
  const kubeconfig = await readGivenKubeconfig(path);
  const versions = kubeconfig.access.makeApiClient(VersionApi);
  const version = await askCluster(kubeconfig, async () => {
    const { major, minor } = await versions.getCode();
    return `${major}.${minor.replace(/\D/g, "")}`;
  });
  return { ...kubeconfig, version };
}
