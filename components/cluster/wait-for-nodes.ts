import { CoreV1Api, type V1Node } from "@kubernetes/client-node";

import { apiFailure } from "./api-failure.ts";
import { kubeConfigFrom } from "./kube-config.ts";
import { withinPatience } from "./patience.ts";

const pollIntervalMilliseconds = 2_000;
const answerSeconds = 30;

/** What to wait for; see NodeReadinessArgs. */
export interface NodeExpectation {
  readonly kubeconfig: string;
  readonly expectedNodes: number;
  readonly kubernetesVersion: string;
  readonly timeoutSeconds: number;
}

/** Nodes of a cluster, as its API server reports them. */
export type ListNodes = () => Promise<readonly V1Node[]>;

/**
 * Waits until as many nodes as expected are Ready, run the expected version and are not about to go away.
 * @throws Error when the time is up, with what is known of each node or why the API server can't be reached.
 */
export async function waitForNodes(expectation: NodeExpectation, listNodes?: ListNodes): Promise<void> {
  const list = listNodes ?? nodesOf(expectation.kubeconfig);
  const deadline = Date.now() + expectation.timeoutSeconds * 1_000;
  for (;;) {
    const finding = await look(list, expectation);
    if (finding === undefined) {
      return;
    }
    if (Date.now() >= deadline) {
      throw new Error(
        `the cluster did not become ready within ${expectation.timeoutSeconds} s: ${finding}. ` +
          "Look at the nodes in the Linode Cloud Manager, or with `kubectl describe nodes`; the next `pulumi up` waits again. " +
          "If they only need longer, raise `vault-federation:cluster.readyTimeout`.",
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pollIntervalMilliseconds));
  }
}

function nodesOf(kubeconfig: string): ListNodes {
  const api = kubeConfigFrom(kubeconfig).makeApiClient(CoreV1Api);
  return async () => (await api.listNode({ timeoutSeconds: 10 })).items;
}

/** What is still missing, or undefined if nothing is. */
async function look(listNodes: ListNodes, expectation: NodeExpectation): Promise<string | undefined> {
  let nodes: readonly V1Node[];
  try {
    nodes = await withinPatience(answerSeconds, listNodes);
  } catch (error) {
    return (
      `its API server does not list the nodes (${apiFailure(error)}); ` +
      "if accessControl is set, it must include the machine that runs Pulumi"
    );
  }
  const obstacles = nodes.map((node) => [node, obstacle(node, expectation.kubernetesVersion)] as const);
  const ready = obstacles.filter(([, reason]) => reason === undefined).length;
  if (ready >= expectation.expectedNodes) {
    return undefined;
  }
  const details = obstacles.flatMap(([node, reason]) =>
    reason === undefined ? [] : [`${node.metadata?.name ?? "a node"} ${reason}`],
  );
  const rest = details.length > 0 ? ` (${details.join("; ")})` : "";
  return `${ready} of ${expectation.expectedNodes} nodes are ready${rest}`;
}

/** Why a node does not count, or undefined if it does. */
function obstacle(node: V1Node, kubernetesVersion: string): string | undefined {
  if (node.metadata?.deletionTimestamp !== undefined) {
    return "is being removed";
  }
  const kubeletVersion = node.status?.nodeInfo?.kubeletVersion ?? "";
  if (!kubeletVersion.startsWith(`v${kubernetesVersion}.`)) {
    return `still runs ${kubeletVersion}`;
  }
  const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
  if (ready?.status === "True") {
    return undefined;
  }
  return `is not ready: ${ready?.message ?? "it has not reported yet"}`;
}
