import * as pulumi from "@pulumi/pulumi";

import type { ServiceAccountIssuer } from "../../config/contract.ts";

/** What {@link ServiceAccountKeys} needs. */
export interface ServiceAccountKeysArgs {
  /** Kubeconfig (YAML) of the cluster. */
  readonly kubeconfig: pulumi.Input<string>;
}

interface Inputs {
  readonly kubeconfig: string;
}

interface Outputs extends Inputs {
  readonly signer: ServiceAccountIssuer;
}

// The engine serialises these functions into the state, so they stay thin and import the work when they run: by a name
// that package.json resolves, as a relative one would count from the program's folder and not from this file's.
const provider: pulumi.dynamic.ResourceProvider<Inputs, Outputs> = {
  async create(inputs) {
    const { readServiceAccountKeys } = await import("#components/cluster/read-service-account-keys.ts");
    const signer = await readServiceAccountKeys(inputs.kubeconfig);
    return { id: signer.issuer, outs: { ...inputs, signer } };
  },
  async read(id, outputs) {
    if (outputs === undefined) {
      throw new Error("the keys of service accounts can't be imported; let `pulumi up` read them");
    }
    const { refreshServiceAccountKeys } = await import("#components/cluster/read-service-account-keys.ts");
    const signer = await refreshServiceAccountKeys(outputs.kubeconfig, outputs.signer);
    return { id, props: { ...outputs, signer } };
  },
  async update(_id, _olds, inputs) {
    const { readServiceAccountKeys } = await import("#components/cluster/read-service-account-keys.ts");
    return { outs: { ...inputs, signer: await readServiceAccountKeys(inputs.kubeconfig) } };
  },
};

/**
 * The public keys that a cluster signs its service accounts' tokens with, for peers to pin: they need no way to this
 * cluster's API then. After the cluster has got new keys, `pulumi up --refresh` reads them.
 */
export class ServiceAccountKeys extends pulumi.dynamic.Resource {
  /** The issuer's name, and its keys. */
  declare readonly signer: pulumi.Output<ServiceAccountIssuer>;

  constructor(name: string, args: ServiceAccountKeysArgs, opts: pulumi.CustomResourceOptions) {
    super(
      provider,
      name,
      { ...args, signer: undefined },
      // A dynamic resource does not pass the secret mark on by itself: without this the kubeconfig would be plain.
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["kubeconfig"] }),
      "vault-federation",
      "ServiceAccountKeys",
    );
  }
}
