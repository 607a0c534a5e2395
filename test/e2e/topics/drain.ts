import assert from "node:assert/strict";
import { it } from "node:test";

import { pauseImage } from "../../../sandbox/images/catalogue.ts";
import { eventually } from "../../support/eventually.ts";
import type { Federation } from "../../support/federation.ts";
import { assertExit, type Finished } from "../../support/command.ts";

const name = "apart";

interface Pod {
  readonly metadata: { readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly { readonly type: string; readonly message?: string }[];
  };
}

/** A drained node is left by its pods, and pods that must be apart stay so. */
export function drainedNodesAreLeft(federation: () => Federation): void {
  const kubectl = (...args: string[]): Promise<Finished> => federation().kubectl("hub", ...args);

  it("moves a drained node's pods to a node that they may be on, lets others wait, and takes the node back", async () => {
    const listed = await kubectl("get", "nodes", "--output", "jsonpath={.items[*].metadata.name}");
    const nodes = listed.stdout.split(" ").sort();
    assert.equal(nodes.length, 3);
    assertExit(await apply(deployment(2)));
    await eventually(async () => {
      assert.equal((await runningOn()).length, 2);
    });
    const [drained = "", kept] = await runningOn();
    assert.notEqual(drained, kept);

    assertExit(
      await kubectl("drain", drained, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=120s"),
    );
    const others = nodes.filter((node) => node !== drained);
    await eventually(async () => {
      assert.deepEqual(await runningOn(), others);
    });

    assertExit(await apply(deployment(3)));
    await eventually(async () => {
      const [waiting, ...more] = (await pods()).filter(({ status }) => status.phase === "Pending");
      assert.deepEqual(more, []);
      const scheduled = waiting?.status.conditions?.find(({ type }) => type === "PodScheduled");
      assert.match(scheduled?.message ?? "", /1 node\(s\) were unschedulable/);
      assert.match(scheduled?.message ?? "", /2 node\(s\) didn't match pod anti-affinity rules/);
    });
    assert.deepEqual(await runningOn(), others);

    assertExit(await kubectl("uncordon", drained));
    await eventually(async () => {
      assert.deepEqual(await runningOn(), nodes);
    });
    assertExit(await kubectl("delete", "deployment", name));
    const rolledOut = ["--namespace", "cert-manager", "rollout", "status", "deployment", "--timeout=120s"];
    assertExit(await kubectl(...rolledOut));
  });

  function apply(object: object): Promise<Finished> {
    const input = JSON.stringify(object);
    return federation().sandbox.run("kubectl", ["--context", "hub", "apply", "--filename", "-"], { input });
  }

  /** The Deployment's pods, but for those that are about to go. */
  async function pods(): Promise<readonly Pod[]> {
    const { stdout } = await kubectl("get", "pods", `--selector=app=${name}`, "--output", "json");
    const { items } = JSON.parse(stdout) as { items: Pod[] };
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  }

  /** The node of each pod that runs, in the order of the nodes' names. */
  async function runningOn(): Promise<readonly (string | undefined)[]> {
    const running = (await pods()).filter(({ status }) => status.phase === "Running");
    return running.map(({ spec }) => spec.nodeName).sort();
  }
}

/** Pods that do nothing, no two of them on one node. */
function deployment(replicas: number): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" },
              ],
            },
          },
          containers: [{ name: "pause", image: pauseImage.reference }],
        },
      },
    },
  };
}
