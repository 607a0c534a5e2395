import { PatchStrategy, setHeaderOptions, type V1Node } from "@kubernetes/client-node";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DesiredNode, NodeTaint } from "../linode/provisioner.ts";
import { cidr, type AddressPlan } from "../network/addresses.ts";
import { sandboxName } from "../state/identity.ts";
import { JsonFile } from "../state/json-file.ts";
import type { SandboxContext } from "./context.ts";
import { findObject, isStatus, waitFor, type KubernetesApi } from "./kubernetes-api.ts";
import { lastLines, Machine } from "./machine/machine.ts";
import { nodeMachine } from "./node.ts";
import { desiredMetadata, metadataPatch, type NodeMetadata } from "./node-metadata.ts";
import type { Pki } from "./pki.ts";

/** Seconds within which a node that was started has to be Ready. */
const readySeconds = 120;

/** Name of the Node of an LKE node. */
export function nodeName(clusterId: number, nodeId: string): string {
  return `lke${String(clusterId)}-${nodeId}`;
}

/**
 * Whether Kubernetes reports a node as Ready.
 * @param since Time (milliseconds) before which the kubelet's word does not count; Kubernetes notes it in whole seconds.
 */
export function isReady(node: V1Node, since = 0): boolean {
  const condition = node.status?.conditions?.find(({ type }) => type === "Ready");
  const heartbeat = condition?.lastHeartbeatTime?.getTime() ?? 0;
  return condition?.status === "True" && heartbeat >= Math.floor(since / 1000) * 1000;
}

/** What a kubelet registers with. */
interface Registration {
  readonly taints: readonly NodeTaint[];
  /** YAML. */
  readonly kubeconfig: string;
}

/** One node of a local cluster: a machine and the Node object that its kubelet registers. */
export class LocalNode {
  /** Name of the machine and of the Node. */
  readonly name: string;
  readonly machine: Machine;
  readonly #context: SandboxContext;
  readonly #port: { readonly cluster: number; readonly slot: number };
  readonly #registration: JsonFile<Registration>;
  readonly #metadata: JsonFile<Partial<NodeMetadata>>;
  #started = 0;

  /**
   * @param folder The cluster's folder of machines.
   * @param port Place in the address plan.
   */
  constructor(
    context: SandboxContext,
    folder: string,
    name: string,
    port: { cluster: number; slot: number },
  ) {
    const root = join(folder, name);
    this.name = name;
    this.#context = context;
    this.#port = port;
    this.#registration = new JsonFile(join(root, "registration.json"));
    this.#metadata = new JsonFile(join(root, "metadata.json"));
    this.machine = new Machine(sandboxName(context.identity.id), name, {
      root,
      logs: join(context.folder.logs, name),
      volumes: context.folder.volumes,
    });
  }

  /** Starts the machine unless it runs. */
  async ensure(desired: DesiredNode, pki: Pki): Promise<void> {
    const { network, images, tools } = this.#context;
    const plan: AddressPlan = network.plan;
    const { cluster, slot } = this.#port;
    const registration = await this.#register(desired, pki);
    const spec = nodeMachine(
      {
        name: this.name,
        address: plan.machine(cluster, slot),
        nodePods: cidr(plan.nodePods(cluster, slot)),
        clusterPods: cidr(plan.pods(cluster)),
        dns: plan.dns(cluster),
        cgroup: this.machine.cgroup,
        instanceId: desired.instanceId,
        taints: registration.taints,
        kubeconfig: registration.kubeconfig,
        kubeProxyKubeconfig: await readFile(pki.file("kube-proxy.conf"), "utf8"),
        authority: await readFile(pki.file("ca.crt"), "utf8"),
      },
      images,
      tools,
    );
    const before = Date.now();
    if (await this.machine.ensure(spec, await network.attach(this.name, this.#port))) {
      this.#started = before;
    }
  }

  /** Brings labels and taints of the Node up to date as soon as it has registered. */
  async label(desired: DesiredNode, region: string, api: KubernetesApi): Promise<void> {
    const wanted = desiredMetadata(desired, region);
    await waitFor(
      async () => {
        const node = await findObject(api.core.readNode({ name: this.name }));
        if (node === undefined) {
          return undefined;
        }
        const { labels = {}, taints = [] } = this.#metadata.read() ?? {};
        const patch = metadataPatch(node, { labels, taints }, wanted);
        return patch === undefined || (await this.#patch(api, patch)) ? true : undefined;
      },
      readySeconds,
      () => this.#failure("did not register"),
    );
    this.#metadata.write(wanted);
  }

  /** Waits until Kubernetes reports the node as Ready, and knows it from the kubelet that runs now. */
  async waitUntilReady(api: KubernetesApi): Promise<void> {
    await waitFor(
      async () => {
        const node = await findObject(api.core.readNode({ name: this.name }));
        return node !== undefined && isReady(node, this.#started) ? true : undefined;
      },
      readySeconds,
      () => this.#failure("did not get Ready"),
    );
  }

  /** Removes the node: machine, Node object, and the pods that stopped with it. */
  async remove(api: KubernetesApi | undefined): Promise<void> {
    await this.machine.stop();
    await this.#context.network.detach(this.name, this.#port);
    if (api !== undefined) {
      await findObject(api.core.deleteNode({ name: this.name }));
      // Kubernetes would find out by itself after a minute; until then StatefulSets would not replace these pods.
      const { items } = await api.core.listPodForAllNamespaces({
        fieldSelector: `spec.nodeName=${this.name}`,
      });
      for (const pod of items) {
        const name = pod.metadata?.name ?? "";
        const namespace = pod.metadata?.namespace ?? "";
        await findObject(api.core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 }));
      }
    }
    await this.machine.remove();
  }

  async #patch(api: KubernetesApi, body: object): Promise<boolean> {
    try {
      await api.core.patchNode(
        { name: this.name, body },
        setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
      );
      return true;
    } catch (error) {
      if (isStatus(error, 409)) {
        return false;
      }
      throw error;
    }
  }

  /**
   * What the kubelet starts with, decided once: taints change later through the API server, and a new certificate for
   * every look at the node would restart its machine.
   */
  async #register(desired: DesiredNode, pki: Pki): Promise<Registration> {
    const recorded = this.#registration.read();
    if (recorded !== undefined) {
      return recorded;
    }
    const registration = { taints: desired.taints, kubeconfig: await pki.kubeletKubeconfig(this.name) };
    this.#registration.write(registration);
    return registration;
  }

  async #failure(what: string): Promise<Error> {
    const logs = await Promise.all(
      ["kubelet", "containerd"].map((name) => lastLines(this.machine.logFile(name))),
    );
    return new Error(`Node ${this.name} ${what} within ${String(readySeconds)} s. ${logs.join("\n")}`);
  }
}
