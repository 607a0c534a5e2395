import assert from "node:assert/strict";
import { it } from "node:test";

import { stacks, type Federation } from "../../support/federation.ts";
import { assertExit, type Finished } from "../../support/command.ts";
import { slow } from "../../support/slow.ts";

/** When `up` is killed. */
interface Moment {
  readonly during: string;
  /** Whether it is tried each time, or only where there is time for all. */
  readonly always?: true;
  /** What it has printed by then. */
  readonly sign: RegExp;
  /** Whether its engine dies with it, and not only what the user sees. */
  readonly withEngine?: true;
  /** What the next run says of it. */
  readonly consequence?: RegExp;
}

/** In the order in which one run comes to them: to be killed at the next, `up` must have got over the last. */
const moments: readonly Moment[] = [
  { during: "the look at its tools", sign: /tools/ },
  { during: "the making of its images", sign: /images/ },
  { during: "the start of its Linode API", sign: /Linode API/ },
  {
    during: "the creation of a cluster",
    // Linode has made it by then.
    always: true,
    sign: /linode:index:LkeCluster cluster-us-ord creating .*kubeconfig is not yet available/,
    withEngine: true,
    consequence:
      /removing cluster \d+ \(vault-federation-hub-us-ord\), which that update made without noting it/,
  },
  {
    during: "the installation of a chart",
    always: true,
    sign: /kubernetes:helm\.sh\/v3:Release \S+ creating/,
    withEngine: true,
    consequence: /killed while it created kubernetes:helm\.sh\/v3:Release \S+: going on from there/,
  },
  {
    during: "the creation of the second cluster, which its engine outlives",
    sign: /linode:index:LkeCluster cluster-fr-par creating/,
  },
];

/** Whenever the first start of a sandbox is killed, the next one goes on. */
export function startsMayBeKilled(federation: () => Federation): void {
  let consequence: RegExp | undefined;

  for (const moment of moments) {
    const options = moment.always === true ? {} : slow;
    it(
      `gets as far as ${moment.during}, wherever it was killed before, and is killed there`,
      options,
      async () => {
        const expected = consequence;
        ({ consequence } = moment);
        const killed = await killedAt(moment);
        assert.equal(killed.exitCode, null, killed.output);
        if (expected !== undefined) {
          assert.match(killed.output, expected);
        }
      },
    );
  }

  it("comes up in the end, with the clusters that its stacks know, and nothing that they don't", async () => {
    assertExit(await federation().sandbox.command(["up", "--no-vault"]));
    const known = await Promise.all(
      stacks.map(async (stack) => Number((await federation().outputs(stack)).kubernetesClusterId)),
    );
    const clusters = (await federation().sandbox.list("/lke/clusters")).map(({ id }) => id);
    assert.deepEqual(clusters.toSorted(), known.toSorted());
    for (const stack of stacks) {
      const exported = await federation().sandbox.stack(stack).pulumi("stack", "export");
      const { deployment } = JSON.parse(exported.stdout) as {
        deployment: { pending_operations?: unknown[] };
      };
      assert.deepEqual(deployment.pending_operations ?? [], []);
    }
  });

  async function killedAt({ sign, withEngine }: Moment): Promise<Finished> {
    const { sandbox } = federation();
    let printed = "";
    const killed = await sandbox.command(["up", "--no-vault"], {
      onStart: (child) => {
        child.stdout?.setEncoding("utf8").on("data", (text: string) => {
          printed += text;
          if (sign.test(printed)) {
            child.kill("SIGKILL");
          }
        });
      },
    });
    if (withEngine === true) {
      await sandbox.killEngine();
    }
    return killed;
  }
}
