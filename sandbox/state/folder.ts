import { join } from "node:path";

/**
 * Where everything of one sandbox lies: its state folder, which Git ignores and `sandbox down` empties.
 * Sockets lie elsewhere, as their paths may not be longer than about 100 bytes.
 */
export class StateFolder {
  /** Absolute path of the folder. */
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Says that the folder is a sandbox's: the first file that is made in it, and the last that is removed. */
  get marker(): string {
    return join(this.root, "vault-federation-sandbox");
  }

  /** Identity of the sandbox: its name, address range and ports. */
  get identity(): string {
    return join(this.root, "identity.json");
  }

  /** State of the emulated Linode API. */
  get linode(): string {
    return join(this.root, "linode");
  }

  /** Processes, certificates and data of local clusters, a folder each. */
  get clusters(): string {
    return join(this.root, "clusters");
  }

  /** The folders that stand for block storage volumes. */
  get volumes(): string {
    return join(this.root, "volumes");
  }

  /** The load balancers, a record each. */
  get loadBalancers(): string {
    return join(this.root, "load-balancers");
  }

  /** Container images, in the layout that the registry serves. */
  get images(): string {
    return join(this.root, "images");
  }

  /** Packaged charts and their index. */
  get charts(): string {
    return join(this.root, "charts");
  }

  /** Private keys of the operators who open the sandbox's Vaults. */
  get operators(): string {
    return join(this.root, "operators");
  }

  /** PULUMI_HOME with the plugins. */
  get pulumiHome(): string {
    return join(this.root, "pulumi-home");
  }

  /** Pulumi's state backend. */
  get pulumiState(): string {
    return join(this.root, "pulumi-state");
  }

  /** What may be in given clusters without any stack knowing of it. */
  get unrecorded(): string {
    return join(this.root, "unrecorded.json");
  }

  /** Output of the background process and of every program it starts. */
  get logs(): string {
    return join(this.root, "logs");
  }
}
