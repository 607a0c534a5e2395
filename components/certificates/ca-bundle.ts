import * as pulumi from "@pulumi/pulumi";

import type { CaBundleSource } from "./read-ca-bundle.ts";

/** Which certificate {@link CaBundle} reads. */
export interface CaBundleArgs {
  /** Kubeconfig (YAML) of the cluster. */
  readonly kubeconfig: pulumi.Input<string>;
  /** Namespace of the Secret. */
  readonly namespace: pulumi.Input<string>;
  /** Name of the Secret that cert-manager writes. */
  readonly secretName: pulumi.Input<string>;
  /** Life of the certificate, in seconds; a change waits for the certificate that has it. */
  readonly lifetimeSeconds: pulumi.Input<number>;
  /** How long to wait for it, in seconds. */
  readonly timeoutSeconds: pulumi.Input<number>;
}

interface Outputs extends CaBundleSource {
  readonly certificate: string;
}

// The engine serialises these functions into the state, so they stay thin and import the work when they run: by a name
// that package.json resolves, as a relative one would count from the program's folder and not from this file's.
const provider: pulumi.dynamic.ResourceProvider<CaBundleSource, Outputs> = {
  async create(inputs) {
    const { readCaBundle } = await import("#components/certificates/read-ca-bundle.ts");
    return {
      id: `${inputs.namespace}/${inputs.secretName}`,
      outs: { ...inputs, certificate: await readCaBundle(inputs) },
    };
  },
  async read(id, outputs) {
    if (outputs === undefined) {
      throw new Error("a CA bundle can't be imported; let `pulumi up` read it");
    }
    const { refreshCaBundle } = await import("#components/certificates/read-ca-bundle.ts");
    const certificate = await refreshCaBundle(outputs, outputs.certificate);
    // Without an id it is gone: the next update waits for cert-manager's Secret again, which alone makes certificates.
    return certificate === undefined ? { id: "" } : { id, props: { ...outputs, certificate } };
  },
  async diff(_id, outputs) {
    const { isSucceeded } = await import("#components/certificates/read-ca-bundle.ts");
    // Without a verdict, the engine itself looks for inputs that have changed.
    return (await isSucceeded(outputs, outputs.certificate)) ? { changes: true } : {};
  },
  async update(_id, _olds, inputs) {
    const { readCaBundle } = await import("#components/certificates/read-ca-bundle.ts");
    return { outs: { ...inputs, certificate: await readCaBundle(inputs) } };
  },
};

/**
 * The public half of a certificate authority's Secret. Reading the whole Secret as a Kubernetes resource would copy
 * the authority's private key into the stack's state; this takes nothing but the certificate. The first update after
 * cert-manager has renewed that, when its time had come, takes the new one.
 */
export class CaBundle extends pulumi.dynamic.Resource {
  /** The certificate (PEM). */
  declare readonly certificate: pulumi.Output<string>;

  constructor(name: string, args: CaBundleArgs, opts: pulumi.CustomResourceOptions) {
    super(
      provider,
      name,
      { ...args, certificate: undefined },
      // A dynamic resource does not pass the secret mark on by itself: without this the kubeconfig would be plain.
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["kubeconfig"] }),
      "vault-federation",
      "CaBundle",
    );
  }
}
