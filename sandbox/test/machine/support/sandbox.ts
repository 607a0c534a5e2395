import { rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { join } from "node:path";
import { LocalClusters, removeClusters } from "../../../cluster/local-clusters.ts";
import { waitFor } from "../../../cluster/kubernetes-api.ts";
import type { SandboxContext } from "../../../cluster/context.ts";
import { buildImages } from "../../../images/build.ts";
import { corednsImage, pauseImage } from "../../../images/catalogue.ts";
import { imageRegistry } from "../../../images/registry.ts";
import { readHostRoutes } from "../../../network/host-routes.ts";
import { runCommand } from "../../../network/command.ts";
import { Network } from "../../../network/network.ts";
import { StateFolder } from "../../../state/folder.ts";
import { loadIdentity } from "../../../state/identity.ts";
import { machineNeighbours } from "../../../state/neighbours.ts";
import { acquireTools } from "../../../tools/acquire.ts";
import type { Toolbox } from "../../../tools/toolbox.ts";
import { findAbandonedFolders, makeTestFolder } from "../../support/test-folder.ts";

const folderPrefix = "vfed-test-";

/** An image with a shell, for pods of tests. */
export const shellImage = corednsImage.reference;

/** An image with a server that speaks TLS. */
export const tlsImage = "test.invalid/etcd:1";

/** Clusters in a state folder of their own, with the images that tests need. */
export class TestSandbox {
  readonly folder: StateFolder;
  readonly network: Network;
  readonly messages: string[] = [];
  readonly #context: Omit<SandboxContext, "network">;
  readonly #toolbox: Toolbox;
  readonly #registry: Server;
  clusters: LocalClusters;

  private constructor(
    context: Omit<SandboxContext, "network" | "report">,
    network: Network,
    toolbox: Toolbox,
    registry: Server,
  ) {
    this.folder = context.folder;
    this.network = network;
    this.#toolbox = toolbox;
    this.#registry = registry;
    this.#context = { ...context, report: (message) => this.messages.push(message) };
    this.clusters = new LocalClusters(this.#context);
  }

  static async create(): Promise<TestSandbox> {
    const toolbox = await acquireTools(["kubernetes", "etcd", "containerd", "cni", "coredns", "pause"]);
    for (const abandoned of await findAbandonedFolders(folderPrefix)) {
      await removeClusters(new StateFolder(abandoned));
      await rm(abandoned, { recursive: true, force: true });
    }
    const folder = new StateFolder(await makeTestFolder(folderPrefix));
    await buildImages(folder.images, {
      toolbox,
      busybox: "/usr/bin/busybox",
      images: [
        pauseImage,
        corednsImage,
        {
          reference: tlsImage,
          layer: { tool: "etcd", programs: { etcd: "/etcd" } },
          entrypoint: ["/etcd"],
          user: "65532:65532",
        },
      ],
    });
    const identity = await loadIdentity(folder, {
      routes: await readHostRoutes(),
      neighbours: machineNeighbours(),
    });
    const network = new Network(identity);
    await network.ensure();
    const registry = imageRegistry(folder.images).listen(0, network.plan.host);
    await once(registry, "listening");
    const images = {
      registry: `http://${network.plan.host}:${String((registry.address() as AddressInfo).port)}`,
      pause: pauseImage.reference,
      coredns: corednsImage.reference,
    };
    return new TestSandbox({ identity, folder, tools: toolbox, images }, network, toolbox, registry);
  }

  /** Stands for a restart of the process that manages the clusters. */
  async restartManager(): Promise<void> {
    await this.clusters.stop();
    this.clusters = new LocalClusters(this.#context);
    await this.clusters.start();
  }

  /** Runs kubectl as a cluster's administrator. */
  async kubectl(clusterId: number, args: readonly string[], input?: string): Promise<string> {
    const { kubeconfig } = await this.clusters.observe(clusterId);
    if (kubeconfig === undefined) {
      throw new Error(`cluster ${String(clusterId)} has no kubeconfig`);
    }
    const file = join(this.folder.root, `kubeconfig-${String(clusterId)}`);
    await writeFile(file, kubeconfig);
    return (
      await runCommand(this.#toolbox.program("kubectl"), ["--kubeconfig", file, ...args], input)
    ).trim();
  }

  /** Creates or changes objects. */
  async applyObjects(clusterId: number, ...objects: readonly object[]): Promise<void> {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    await this.kubectl(clusterId, ["apply", "-f", "-"], JSON.stringify(list));
  }

  /** Runs a shell command in a pod. */
  async shell(clusterId: number, pod: string, command: string): Promise<string> {
    return this.kubectl(clusterId, ["exec", pod, "--", "sh", "-c", command]);
  }

  /** Body of the answer to an HTTP request from a pod. */
  async fetchFrom(clusterId: number, pod: string, address: string, port: number): Promise<string> {
    // Not wget: in a busybox without shared libraries it crashes when it looks up the service "http".
    const request = `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 5 ${address} ${String(port)}`;
    const answer = await this.shell(clusterId, pod, request);
    return answer.replace(/^[^]*?\r?\n\r?\n/, "");
  }

  /** Addresses of a name, as a pod's resolver finds them. */
  async lookUpFrom(clusterId: number, pod: string, name: string): Promise<string[]> {
    const answer = await this.shell(clusterId, pod, `nslookup -type=a ${name}`);
    return [...answer.matchAll(/^Address: (\S+)$/gm)].map((match) => match[1] ?? "");
  }

  /** Removes everything; the folder too. */
  async remove(): Promise<void> {
    await this.clusters.stop();
    this.#registry.close();
    this.#registry.closeAllConnections();
    await removeClusters(this.folder);
    await rm(this.folder.root, { recursive: true, force: true });
  }
}

/** Asks until an answer is what a test waits for; shows the last one if it never is. */
export async function until<T>(
  ask: () => Promise<T>,
  isExpected: (answer: T) => boolean,
  seconds = 60,
): Promise<T> {
  let last: unknown;
  return waitFor(
    async () => {
      try {
        const answer = await ask();
        last = answer;
        return isExpected(answer) ? answer : undefined;
      } catch (error) {
        last = error;
        return undefined;
      }
    },
    seconds,
    () =>
      new Error(`still not as expected after ${String(seconds)} s: ${JSON.stringify(last) + String(last)}`),
  );
}
