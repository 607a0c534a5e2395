import * as pulumi from "@pulumi/pulumi";

import type { ForeignVault } from "./require-reach.ts";

/** What {@link VaultDeparture} needs. */
export interface VaultDepartureArgs {
  /** Address of the Vault. */
  readonly address: pulumi.Input<string>;
  /** CA certificates (PEM); absent where the system's own are enough. */
  readonly caBundle?: pulumi.Input<string>;
  /** URN of the provider of everything that the stack made in it. */
  readonly providerUrn: pulumi.Input<string>;
}

// The engine serialises these functions into the state, so they stay thin and import the work when they run: by a name
// that package.json resolves, as a relative one would count from the program's folder and not from this file's.
const provider: pulumi.dynamic.ResourceProvider<ForeignVault, ForeignVault> = {
  create: (inputs) => Promise.resolve({ id: inputs.address, outs: inputs }),
  update: (_id, _olds, inputs) => Promise.resolve({ outs: inputs }),
  async delete(_id, inputs) {
    const { requireReach } = await import("#components/vault/require-reach.ts");
    await requireReach(inputs);
  },
};

/**
 * What is asked before a stack takes out of a Vault that outlives it what it made there: is that Vault up? `pulumi destroy`
 * runs without the program, so a resource has to ask; it must depend on everything inside that Vault, to go first.
 */
export class VaultDeparture extends pulumi.dynamic.Resource {
  constructor(name: string, args: VaultDepartureArgs, opts: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "vault-federation", "VaultDeparture");
  }
}
