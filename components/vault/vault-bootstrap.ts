import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import type { BootstrapArgs, BootstrapOutcome } from "./bootstrap/bootstrap.ts";
import type { AccessCredential, EncryptedShare } from "./bootstrap/journal.ts";

/** What {@link VaultBootstrap} needs. */
export interface VaultBootstrapArgs {
  /** Id of the Kubernetes cluster. Another cluster has another Vault, which is bootstrapped anew. */
  readonly kubernetesClusterId: pulumi.Input<string>;
  /** Kubeconfig (YAML) of the cluster. */
  readonly kubeconfig: pulumi.Input<string>;
  /** Namespace of the servers. */
  readonly namespace: pulumi.Input<string>;
  /** Number of servers. */
  readonly replicas: number;
  /** CA certificates (PEM) that the servers' own descend from. */
  readonly caBundle: pulumi.Input<string>;
  /** Public PGP keys (base64 of the binary form), one for each key share. Later changes are made by `vfed rekey`. */
  readonly operatorKeys: readonly string[];
  /** Shares that together unseal Vault. Later changes are made by `vfed rekey`. */
  readonly threshold: number;
  /** Policy (HCL) of Pulumi's own identity. */
  readonly pulumiPolicy: string;
  /** How long to wait for the servers, in seconds. */
  readonly timeoutSeconds: number;
}

type State = BootstrapArgs & BootstrapOutcome;

// The engine serialises these functions into the state, so they stay thin and import the work when they run: by a name
// that package.json resolves, as a relative one would count from the program's folder and not from this file's.
const provider: pulumi.dynamic.ResourceProvider<BootstrapArgs, State> = {
  async create(inputs) {
    const { bootstrap } = await import("#components/vault/bootstrap/bootstrap.ts");
    const outcome = await bootstrap(inputs);
    return { id: outcome.clusterId, outs: { ...inputs, ...outcome } };
  },
  async read(id, state) {
    const { renewShares } = await import("#components/vault/bootstrap/present-shares.ts");
    return state === undefined ? { id } : { id, props: await renewShares(state) };
  },
  async update(id, olds, inputs) {
    const { adopt } = await import("#components/vault/bootstrap/adopt.ts");
    return { outs: { ...inputs, ...(await adopt(id, olds, inputs)) } };
  },
};

class BootstrapRun extends pulumi.dynamic.Resource {
  declare readonly clusterId: pulumi.Output<string>;
  declare readonly shares: pulumi.Output<readonly EncryptedShare[]>;
  declare readonly access: pulumi.Output<AccessCredential>;

  constructor(name: string, args: Record<keyof BootstrapArgs, unknown>, opts: pulumi.CustomResourceOptions) {
    super(
      provider,
      name,
      { ...args, clusterId: undefined, shares: undefined, access: undefined },
      // A dynamic resource does not pass the secret mark on by itself: without this they would be plain.
      pulumi.mergeOptions(opts, {
        additionalSecretOutputs: ["kubeconfig", "journalKey", "access"],
        replaceOnChanges: ["kubernetesClusterId"],
      }),
      "vault-federation",
      "VaultBootstrap",
    );
  }
}

/**
 * Initialises Vault once, hands its key shares over to the operators and lets Pulumi in. Creates the key of its own
 * memory, and the run of the bootstrap.
 */
export class VaultBootstrap extends pulumi.ComponentResource {
  /** Vault's own id of the cluster. */
  readonly clusterId: pulumi.Output<string>;
  /** Each operator's key share, which nobody else can decrypt. */
  readonly shares: pulumi.Output<readonly EncryptedShare[]>;
  /** How Pulumi logs in: a secret. */
  readonly access: pulumi.Output<AccessCredential>;

  constructor(name: string, args: VaultBootstrapArgs, opts?: pulumi.ComponentResourceOptions) {
    // The kubeconfig stays out of what is recorded of the component itself.
    super("vault-federation:vault:VaultBootstrap", name, { threshold: args.threshold }, opts);

    const journalKey = new random.RandomBytes(`${name}-journal-key`, { length: 32 }, { parent: this });
    const run = new BootstrapRun(
      `${name}-run`,
      { ...args, kubeconfig: pulumi.secret(args.kubeconfig), journalKey: pulumi.secret(journalKey.base64) },
      { parent: this },
    );

    this.clusterId = run.clusterId;
    this.shares = run.shares;
    this.access = pulumi.secret(run.access);
    this.registerOutputs({ clusterId: this.clusterId, shares: this.shares, access: this.access });
  }
}
