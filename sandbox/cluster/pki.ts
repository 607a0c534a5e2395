import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { runCommand } from "../network/command.ts";
import type { Toolbox } from "./toolbox.ts";

/** What a cluster's certificates are made out to. */
export interface PkiSpec {
  /** Name of the cluster in kubeconfigs, such as `lke1000`. */
  readonly cluster: string;
  /** Address of the API server. */
  readonly apiServer: string;
  /** Range of Service addresses, as CIDR. */
  readonly services: string;
  /** Range of pod addresses, as CIDR. */
  readonly pods: string;
  /** Version of Kubernetes, such as `v1.36.3`; without it kubeadm would ask the internet. */
  readonly version: string;
}

/** kubeadm's configuration for certificates in a folder and kubeconfigs of one node. */
export function kubeadmConfig(spec: PkiSpec, certificates: string, node: string): string {
  const apiVersion = "kubeadm.k8s.io/v1beta4";
  const documents = [
    {
      apiVersion,
      kind: "InitConfiguration",
      localAPIEndpoint: { advertiseAddress: spec.apiServer, bindPort: 6443 },
      nodeRegistration: { name: node },
    },
    {
      apiVersion,
      kind: "ClusterConfiguration",
      clusterName: spec.cluster,
      kubernetesVersion: spec.version,
      controlPlaneEndpoint: `${spec.apiServer}:6443`,
      certificatesDir: certificates,
      // Elliptic curves make all keys of a cluster in a tenth of a second; RSA takes seconds.
      encryptionAlgorithm: "ECDSA-P256",
      networking: { serviceSubnet: spec.services, podSubnet: spec.pods },
      // The API server talks to etcd inside its own network namespace, without certificates.
      etcd: { external: { endpoints: ["http://127.0.0.1:2379"] } },
    },
  ];
  return documents.map((document) => stringify(document)).join("---\n");
}

/**
 * A cluster's certificate authority and everything signed by it, made by kubeadm in one folder: `*.crt`, `*.key`,
 * `super-admin.conf`, `controller-manager.conf`, `scheduler.conf`, `kube-proxy.conf`.
 */
export class Pki {
  readonly #folder: string;
  readonly #spec: PkiSpec;
  readonly #kubeadm: string;

  constructor(folder: string, spec: PkiSpec, tools: Toolbox) {
    this.#folder = folder;
    this.#spec = spec;
    this.#kubeadm = tools.program("kubeadm");
  }

  /** Path of one of the files. */
  file(name: string): string {
    return join(this.#folder, name);
  }

  /** Makes everything unless it exists. */
  async ensure(): Promise<void> {
    try {
      await access(this.#folder);
      return;
    } catch {
      // Made below, in another folder first: a crash never leaves half of it under the final name.
    }
    const partial = `${this.#folder}.partial`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true, mode: 0o700 });
    const config = join(partial, "kubeadm.yaml");
    await writeFile(config, kubeadmConfig(this.#spec, partial, "control-plane"));
    await this.#phase(["certs", "all", "--config", config]);
    for (const program of ["super-admin", "controller-manager", "scheduler"]) {
      await this.#phase(["kubeconfig", program, "--config", config, "--kubeconfig-dir", partial]);
    }
    const kubeProxy = await runCommand(this.#kubeadm, [
      ...["kubeconfig", "user", "--config", config, "--client-name", "system:kube-proxy"],
    ]);
    await writeFile(join(partial, "kube-proxy.conf"), kubeProxy, { mode: 0o600 });
    await rename(partial, this.#folder);
  }

  /** Makes a kubelet's kubeconfig and returns it (YAML). */
  async kubeletKubeconfig(node: string): Promise<string> {
    const config = this.file(`${node}.yaml`);
    await writeFile(config, kubeadmConfig(this.#spec, this.#folder, node));
    const user = ["--client-name", `system:node:${node}`, "--org", "system:nodes"];
    try {
      return await runCommand(this.#kubeadm, ["kubeconfig", "user", "--config", config, ...user]);
    } finally {
      await rm(config, { force: true });
    }
  }

  async #phase(args: readonly string[]): Promise<void> {
    await runCommand(this.#kubeadm, ["init", "phase", ...args]);
  }
}
