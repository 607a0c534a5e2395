import type { DesiredCluster, DesiredNode } from "../../../linode/provisioner.ts";
import { findMachines } from "../../../cluster/machine/processes.ts";
import { sandboxId, sandboxName } from "../../../state/identity.ts";
import { webServer } from "./objects.ts";
import { TestSandbox } from "./sandbox.ts";

/** Id of the hub's cluster. */
export const hub = 1000;

/** Id of the edge's cluster. */
export const edge = 1001;

/** Names of the hub's Nodes. */
export const hubNodes = ["lke1000-50-1a", "lke1000-50-1b"] as const;

/** Name of the edge's first Node. */
export const edgeNode = "lke1001-60-1a";

/** The hub as it begins: a pool of two nodes. */
export const hubCluster: DesiredCluster = {
  id: hub,
  label: "hub",
  region: "us-ord",
  kubernetesVersion: "1.36",
  nodes: [desiredNode("50-1a", 101), desiredNode("50-1b", 102)],
};

/** The edge as it begins: a pool of one node. */
export const edgeCluster: DesiredCluster = {
  id: edge,
  label: "edge",
  region: "de-fra-2",
  kubernetesVersion: "1.36",
  nodes: [desiredNode("60-1a", 201)],
};

/** A node of the pool that its id begins with. */
export function desiredNode(id: string, instanceId: number): DesiredNode {
  return { id, instanceId, type: "g6-standard-4", poolId: Number(id.split("-")[0]), labels: {}, taints: [] };
}

/** A hub of two nodes and an edge of one, which serve web pages: `web-a` and `web-b` on the hub, `web-edge` on the edge. */
export class ClusterPair {
  readonly sandbox: TestSandbox;
  /** Name that everything on the host starts with. */
  readonly name: string;

  private constructor(sandbox: TestSandbox, name: string) {
    this.sandbox = sandbox;
    this.name = name;
  }

  static async create(): Promise<ClusterPair> {
    const sandbox = await TestSandbox.create();
    const pair = new ClusterPair(sandbox, sandboxName(await sandboxId(sandbox.folder)));
    try {
      await sandbox.clusters.start();
      await Promise.all([hubCluster, edgeCluster].map((cluster) => sandbox.clusters.apply(cluster)));
      await pair.serveHub();
      await sandbox.applyObjects(edge, webServer("web-edge", edgeNode));
      await pair.ready(edge, "web-edge");
      return pair;
    } catch (error) {
      await sandbox.remove();
      throw error;
    }
  }

  /** Makes the hub's web servers. */
  async serveHub(): Promise<void> {
    await this.sandbox.applyObjects(hub, webServer("web-a", hubNodes[0]), webServer("web-b", hubNodes[1]));
    await this.ready(hub, "web-a", "web-b");
  }

  /** Waits until pods are ready. */
  async ready(cluster: number, ...pods: readonly string[]): Promise<void> {
    const names = pods.map((name) => `pod/${name}`);
    await this.sandbox.kubectl(cluster, ["wait", "--for=condition=Ready", "--timeout=60s", ...names]);
  }

  /** A field of an object, by its JSON path. */
  async field(cluster: number, kind: string, name: string, path: string): Promise<string> {
    return this.sandbox.kubectl(cluster, ["get", kind, name, "-o", `jsonpath={${path}}`]);
  }

  /** Process id of a machine's first process. */
  async machinePid(machine: string): Promise<number | undefined> {
    return (await findMachines(this.name)).find((process) => process.machine === machine)?.pid;
  }
}
