import * as pulumi from "@pulumi/pulumi";

import type { PoolSettings } from "../../config/settings.ts";
import type { NodeExpectation } from "./wait-for-nodes.ts";

/** What {@link NodeReadiness} waits for. */
export interface NodeReadinessArgs {
  /** Kubeconfig (YAML) of the cluster. */
  readonly kubeconfig: pulumi.Input<string>;
  /** Number of nodes that must be Ready. A change waits again. */
  readonly expectedNodes: pulumi.Input<number>;
  /** The pools, by name; a change waits again, as a pool of another plan has other nodes. */
  readonly pools: Readonly<Record<string, PoolSettings>>;
  /** Version of the nodes; a change waits again, as all nodes are replaced then. */
  readonly kubernetesVersion: pulumi.Input<string>;
  /** How long to wait, in seconds. */
  readonly timeoutSeconds: pulumi.Input<number>;
}

// The engine serialises these functions into the state, so they stay thin and import the work when they run: by a name
// that package.json resolves, as a relative one would count from the program's folder and not from this file's.
const provider: pulumi.dynamic.ResourceProvider<NodeExpectation, NodeExpectation> = {
  async create(inputs) {
    const { waitForNodes } = await import("#components/cluster/wait-for-nodes.ts");
    await waitForNodes(inputs);
    return { id: "ready", outs: inputs };
  },
  async update(_id, _olds, inputs) {
    const { waitForNodes } = await import("#components/cluster/wait-for-nodes.ts");
    await waitForNodes(inputs);
    return { outs: inputs };
  },
};

/**
 * Resolves when a cluster's nodes are Ready. `linode.LkeCluster` does not wait for that: it returns after about a
 * minute whatever the nodes do, and a chart installed then would time out for no reason of its own.
 */
export class NodeReadiness extends pulumi.dynamic.Resource {
  /** The kubeconfig that was given, known only when the nodes are Ready: whoever uses it has waited. */
  declare readonly kubeconfig: pulumi.Output<string>;

  constructor(name: string, args: NodeReadinessArgs, opts: pulumi.CustomResourceOptions) {
    super(
      provider,
      name,
      { ...args },
      // A dynamic resource does not pass the secret mark on by itself: without this the kubeconfig would be plain.
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["kubeconfig"] }),
      "vault-federation",
      "NodeReadiness",
    );
  }
}
