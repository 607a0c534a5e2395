import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DesiredCluster, ObservedCluster } from "../linode/provisioner.ts";
import { cidr, controlPlaneSlot } from "../network/addresses.ts";
import { sandboxName } from "../state/identity.ts";
import { basicAddOns, dnsAddOn } from "./add-ons.ts";
import { adminKubeconfig, adminTokenSecret } from "./admin-kubeconfig.ts";
import { assignSlots, writeRecord, type ClusterRecord } from "./cluster-record.ts";
import type { SandboxContext } from "./context.ts";
import { controlPlaneMachine } from "./control-plane.ts";
import { findObject, KubernetesApi, waitFor, type Manifest } from "./kubernetes-api.ts";
import { isReady, LocalNode, nodeName } from "./local-node.ts";
import { lastLines, Machine } from "./machine/machine.ts";
import { Pki } from "./pki.ts";

/** Version of Kubernetes that local clusters run. */
export const kubernetesVersion = "v1.36.3";

/** Seconds within which a control plane that was started has to answer. */
const controlPlaneSeconds = 120;

/** A Kubernetes cluster on this machine: a control plane and as many nodes as are asked for. */
export class LocalCluster {
  /** LKE's id of the cluster. */
  readonly id: number;
  readonly #context: SandboxContext;
  readonly #folder: string;
  readonly #controlPlane: Machine;
  readonly #pki: Pki;
  #record: ClusterRecord;
  #api: KubernetesApi | undefined;

  constructor(context: SandboxContext, record: ClusterRecord) {
    const { plan } = context.network;
    this.id = record.desired.id;
    this.#context = context;
    this.#record = record;
    this.#folder = join(context.folder.clusters, String(this.id));
    const name = `lke${String(this.id)}-control-plane`;
    const root = join(this.#folder, "machines", name);
    this.#controlPlane = new Machine(sandboxName(context.identity.id), name, {
      root,
      logs: join(context.folder.logs, name),
      volumes: context.folder.volumes,
    });
    this.#pki = new Pki(
      join(root, "pki"),
      {
        cluster: `lke${String(this.id)}`,
        apiServer: plan.machine(record.index, controlPlaneSlot),
        services: cidr(plan.services(record.index)),
        pods: cidr(plan.pods(record.index)),
        version: kubernetesVersion,
      },
      context.tools,
    );
  }

  /** The cluster's place in the address plan. */
  get index(): number {
    return this.#record.index;
  }

  /** What was asked for last. */
  get desired(): DesiredCluster {
    return this.#record.desired;
  }

  /** Whether the cluster's removal has begun. */
  get isBeingRemoved(): boolean {
    return this.#record.isBeingRemoved ?? false;
  }

  /** Names of the machines that should run. */
  get machines(): readonly string[] {
    return [this.#controlPlane.name, ...this.desired.nodes.map((node) => nodeName(this.id, node.id))];
  }

  /** The API server as its owner sees it; undefined before it was started for the first time. */
  get api(): KubernetesApi | undefined {
    return this.#api;
  }

  /**
   * Brings the cluster to what is desired; see ClusterProvisioner.
   * @param onControlPlane Called as soon as the API server answers, long before nodes are ready.
   */
  async apply(desired: DesiredCluster, onControlPlane: () => void): Promise<void> {
    this.#save({ ...this.#record, desired });
    const api = await this.startControlPlane();
    onControlPlane();
    await this.#removeNodes(api);
    this.#save({
      ...this.#record,
      slots: assignSlots(
        this.#record.slots,
        desired.nodes.map(({ id }) => id),
      ),
    });
    const nodes = desired.nodes.map((node) => ({ desired: node, local: this.#node(node.id) }));
    await Promise.all([
      this.#applyAll(api, basicAddOns()),
      ...nodes.map(({ local, desired: node }) => local.ensure(node, this.#pki)),
    ]);
    this.#report(`waiting for ${String(nodes.length)} nodes`);
    await Promise.all([
      this.#saveKubeconfig(api),
      ...nodes.map(async ({ local, desired: node }) => {
        await local.label(node, desired.region, api);
        await local.waitUntilReady(api);
      }),
    ]);
    this.#report(`${String(nodes.length)} nodes are ready`);
    // Not earlier: both of its pods would go to the node that happened to be ready first.
    const { network, images } = this.#context;
    await this.#applyAll(api, dnsAddOn(network.plan.dns(this.index), images.coredns));
  }

  /** Starts the control plane unless it runs, and waits until it answers. */
  async startControlPlane(): Promise<KubernetesApi> {
    const { network, tools } = this.#context;
    const address = network.plan.machine(this.index, controlPlaneSlot);
    await network.ensure();
    await this.#pki.ensure();
    const namespace = await network.attach(this.#controlPlane.name, {
      cluster: this.index,
      slot: controlPlaneSlot,
    });
    this.#report("starting the control plane");
    await this.#controlPlane.ensure(
      controlPlaneMachine(
        { name: this.#controlPlane.name, address, services: cidr(network.plan.services(this.index)) },
        tools,
      ),
      namespace,
    );
    this.#api ??= new KubernetesApi(await readFile(this.#pki.file("super-admin.conf"), "utf8"));
    const api = this.#api;
    await waitFor(
      async () => ((await api.isReady()) ? true : undefined),
      controlPlaneSeconds,
      async () => {
        const logs = await Promise.all(
          ["kube-apiserver", "etcd"].map((name) => lastLines(this.#controlPlane.logFile(name))),
        );
        return new Error(
          `The API server of cluster ${String(this.id)} did not answer within ${String(controlPlaneSeconds)} s. ` +
            logs.join("\n"),
        );
      },
    );
    return api;
  }

  /** See ClusterProvisioner. */
  async observe(): Promise<ObservedCluster> {
    const kubeconfig = await readFile(this.#kubeconfigFile, "utf8").catch(() => undefined);
    const nodes = await this.#api?.core.listNode().catch(() => undefined);
    const ready = nodes?.items.filter((node) => isReady(node)).map((node) => node.metadata?.name) ?? [];
    return {
      ...(kubeconfig === undefined ? {} : { endpoint: this.#endpoint, kubeconfig }),
      readyNodes: new Set(
        this.desired.nodes.map(({ id }) => id).filter((id) => ready.includes(nodeName(this.id, id))),
      ),
    };
  }

  /** Replaces the administrator's token. */
  async regenerateKubeconfig(): Promise<void> {
    const api = await this.startControlPlane();
    await rm(this.#kubeconfigFile, { force: true });
    await findObject(api.core.deleteNamespacedSecret({ name: adminTokenSecret, namespace: "kube-system" }));
    await this.#applyAll(api, basicAddOns());
    await this.#saveKubeconfig(api);
  }

  /** Stops the cluster and removes its machines, addresses and files. */
  async remove(): Promise<void> {
    this.#report("removing the cluster");
    this.#save({ ...this.#record, isBeingRemoved: true });
    await Promise.all(Object.keys(this.#record.slots).map((id) => this.#node(id).remove(undefined)));
    await this.#controlPlane.stop();
    await this.#context.network.detach(this.#controlPlane.name, {
      cluster: this.index,
      slot: controlPlaneSlot,
    });
    await this.#controlPlane.remove();
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #endpoint(): string {
    return `https://${this.#context.network.plan.machine(this.index, controlPlaneSlot)}:6443`;
  }

  get #kubeconfigFile(): string {
    return join(this.#folder, "kubeconfig.yaml");
  }

  async #removeNodes(api: KubernetesApi): Promise<void> {
    const wanted = new Set(this.desired.nodes.map(({ id }) => id));
    const gone = Object.keys(this.#record.slots).filter((id) => !wanted.has(id));
    await Promise.all(
      gone.map(async (id) => {
        this.#report(`removing node ${nodeName(this.id, id)}`);
        await this.#node(id).remove(api);
      }),
    );
    const slots = Object.fromEntries(Object.entries(this.#record.slots).filter(([id]) => wanted.has(id)));
    this.#save({ ...this.#record, slots });
  }

  async #applyAll(api: KubernetesApi, manifests: readonly Manifest[]): Promise<void> {
    await Promise.all(manifests.map((manifest) => api.apply(manifest)));
  }

  async #saveKubeconfig(api: KubernetesApi): Promise<void> {
    const secret = { name: adminTokenSecret, namespace: "kube-system" };
    const token = await waitFor(
      async () => (await findObject(api.core.readNamespacedSecret(secret)))?.data?.token,
      controlPlaneSeconds,
      async () =>
        new Error(
          `Cluster ${String(this.id)} issued no token for its administrator. ` +
            (await lastLines(this.#controlPlane.logFile("kube-controller-manager"))),
        ),
    );
    const kubeconfig = adminKubeconfig({
      clusterId: this.id,
      endpoint: this.#endpoint,
      authority: await readFile(this.#pki.file("ca.crt"), "utf8"),
      token: Buffer.from(token, "base64").toString("utf8"),
    });
    await writeFile(`${this.#kubeconfigFile}.partial`, kubeconfig, { mode: 0o600 });
    await rename(`${this.#kubeconfigFile}.partial`, this.#kubeconfigFile);
  }

  #node(id: string): LocalNode {
    const slot = this.#record.slots[id];
    if (slot === undefined) {
      throw new Error(`Node ${id} of cluster ${String(this.id)} has no place in the address plan.`);
    }
    const machines = join(this.#folder, "machines");
    return new LocalNode(this.#context, machines, nodeName(this.id, id), { cluster: this.index, slot });
  }

  #save(record: ClusterRecord): void {
    this.#record = record;
    writeRecord(this.#context.folder.clusters, record);
  }

  #report(step: string): void {
    this.#context.report(`Cluster ${String(this.id)} (${this.desired.region}): ${step}`);
  }
}
