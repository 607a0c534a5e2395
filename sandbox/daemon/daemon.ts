import { existsSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";

import { chartRepository } from "../charts/repository.ts";
import { LocalClusters, removeClusters } from "../cluster/local-clusters.ts";
import { corednsImage, pauseImage } from "../images/catalogue.ts";
import { imageRegistry } from "../images/registry.ts";
import { startLinodeApi, type LinodeApi } from "../linode/api.ts";
import type { Infrastructure } from "../linode/infrastructure.ts";
import { ProvidedClusters } from "../linode/provided-clusters.ts";
import type { ClusterProvisioner } from "../linode/provisioner.ts";
import { AddressPlan } from "../network/addresses.ts";
import { readHostRoutes } from "../network/host-routes.ts";
import type { StateFolder } from "../state/folder.ts";
import { assertPortsFree, loadIdentity, type Identity } from "../state/identity.ts";
import { machineNeighbours } from "../state/neighbours.ts";
import { acquireTools } from "../tools/acquire.ts";
import { toolsOf } from "../tools/catalogue.ts";
import { processIdentity } from "../tools/process.ts";
import { ensureLinodeToken } from "./linode-token.ts";
import { listen } from "./listen.ts";
import { writeRecord } from "./record.ts";

const registryPort = 5000;

/** Where clusters come from, and how to let go of that. */
interface Clusters {
  readonly provisioner: ClusterProvisioner;
  readonly infrastructure: Infrastructure;
  stop(): Promise<void>;
}

/** Clusters that exist already have their own cloud; nothing that it made is this sandbox's business. */
const foreignInfrastructure: Infrastructure = {
  nodeBalancers: () => Promise.resolve([]),
  deleteNodeBalancer: () => Promise.resolve(),
  volumes: () => Promise.resolve([]),
  deleteVolume: () => Promise.resolve(),
};

/** Everything of a sandbox that runs in the background of its clusters: the Linode API, and the charts' repository. */
export class Daemon {
  readonly #api: LinodeApi;
  readonly #charts: Server;
  readonly #clusters: Clusters;

  private constructor(api: LinodeApi, charts: Server, clusters: Clusters) {
    this.#api = api;
    this.#charts = charts;
    this.#clusters = clusters;
  }

  /**
   * Starts serving, goes on with the clusters of the state folder, and leaves the record that says where.
   * @throws Error if a port is taken, a tool is missing or a given kubeconfig does not work.
   */
  static async start(
    folder: StateFolder,
    kubeconfigs: readonly string[],
    log: (message: string) => void,
  ): Promise<Daemon> {
    const identity = await loadIdentity(folder, {
      routes: kubeconfigs.length === 0 ? await readHostRoutes() : [],
      neighbours: machineNeighbours(),
    });
    await assertPortsFree(identity, folder);
    const clusters =
      kubeconfigs.length === 0
        ? await localClusters(folder, identity, log)
        : await givenClusters(folder, kubeconfigs, log);

    const charts = await listen("chart repository", chartRepository(folder.charts), {
      host: "127.0.0.1",
      port: identity.ports.charts,
    });
    const linodeToken = await ensureLinodeToken(folder);
    const api = await startLinodeApi({
      stateFolder: folder.linode,
      port: identity.ports.linodeApi,
      token: linodeToken,
      provisioner: clusters.provisioner,
      infrastructure: clusters.infrastructure,
      log: {
        info: log,
        warn: (message) => {
          log(`warning: ${message}`);
        },
      },
    });
    const process = processIdentity(globalThis.process.pid);
    const [kubernetesVersion] = clusters.provisioner.kubernetesVersions;
    if (process === undefined || kubernetesVersion === undefined) {
      throw new Error("this process has no entry in /proc, or there is no version of Kubernetes to offer");
    }
    writeRecord(folder, {
      process,
      linodeUrl: api.url,
      linodeToken,
      chartsUrl: `http://127.0.0.1:${identity.ports.charts}`,
      kubernetesVersion,
    });
    log(`serving the Linode API at ${api.url}`);
    return new Daemon(api, charts, clusters);
  }

  /** Stops serving; the clusters go on running. */
  async stop(): Promise<void> {
    await this.#api.close();
    this.#charts.close();
    this.#charts.closeAllConnections();
    await this.#clusters.stop();
  }
}

async function localClusters(
  folder: StateFolder,
  identity: Identity,
  report: (message: string) => void,
): Promise<Clusters> {
  // What runs in clusters, as Vault does, comes in images that are made already.
  const toolbox = await acquireTools(toolsOf({ vault: false }));
  if (!existsSync(folder.clusters)) {
    // Machines of a state folder that somebody deleted would be in the way of the new ones.
    await removeClusters(folder);
  }
  const { host } = new AddressPlan(identity.octet);
  const local = new LocalClusters({
    identity,
    folder,
    tools: toolbox,
    images: {
      registry: `http://${host}:${registryPort}`,
      pause: pauseImage.reference,
      coredns: corednsImage.reference,
    },
    report,
  });
  await local.start();
  // Its address is the host's own in the sandbox's network, which exists only now.
  const registry = await listen("image registry", imageRegistry(folder.images), { host, port: registryPort });
  return {
    provisioner: local,
    infrastructure: local,
    stop: async () => {
      registry.close();
      registry.closeAllConnections();
      await local.stop();
    },
  };
}

async function givenClusters(
  folder: StateFolder,
  kubeconfigs: readonly string[],
  log: (message: string) => void,
): Promise<Clusters> {
  return {
    provisioner: await ProvidedClusters.open(kubeconfigs, join(folder.root, "claims.json"), (message) => {
      log(`warning: ${message}`);
    }),
    infrastructure: foreignInfrastructure,
    stop: () => Promise.resolve(),
  };
}
