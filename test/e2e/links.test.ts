import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { eventually } from "../support/eventually.ts";
import { assertExit, TestSandbox, type Finished, type RunOptions } from "../support/sandbox.ts";

const vfedProgram = fileURLToPath(new URL("../../cli/vfed.ts", import.meta.url));
const stacks = ["hub", "edge"] as const;
type Stack = (typeof stacks)[number];

/** Longer than it takes until every operator has looked at everything again, even after it had backed off. */
const arrivalSeconds = 240;
const rounds = 5;

describe("two linked regions on a sandbox", { timeout: 45 * 60_000 }, () => {
  let sandbox: TestSandbox;

  before(async () => {
    sandbox = await TestSandbox.create();
    assertExit(await sandbox.command(["up"]));
  });
  after(async () => {
    assertExit(await sandbox.remove());
  });

  const vfed = (args: readonly string[], options: RunOptions = {}): Promise<Finished> =>
    sandbox.run(process.execPath, [vfedProgram, ...args], options);
  const kubectl = (stack: Stack, ...args: string[]): Promise<Finished> =>
    sandbox.run("kubectl", ["--context", stack, ...args]);
  const enter = (stack: Stack, path: string, value: string, ...options: string[]): Promise<Finished> =>
    vfed(["secret", "set", path, "value=-", "--stack", stack, ...options], { input: `${value}\n` });
  const keys = ["alice", "bob"].flatMap((name) => ["--key", name]);
  const unseal = (stack: Stack): Promise<Finished> =>
    vfed([
      "unseal",
      stack,
      ...keys.map((word) => (word === "--key" ? word : `${sandbox.folder}/operators/${word}.asc`)),
    ]);
  /** What a workload in a region's namespace `demo` sees of a shared secret. */
  const seen = async (stack: Stack, name: string): Promise<Record<string, string>> => {
    const shown = await kubectl(stack, "get", "secret", name, "--namespace", "demo", "--output", "json");
    assertExit(shown);
    const { data = {} } = JSON.parse(shown.stdout) as { data?: Record<string, string> };
    return Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
    );
  };
  const assertLinked = async (): Promise<void> => {
    for (const stack of stacks) {
      assertExit(await vfed(["link", "status", stack]));
    }
  };

  it("are linked when the sandbox is up, and nothing is left to change", async () => {
    await assertLinked();
    for (const stack of stacks) {
      assertExit(await sandbox.pulumi(["preview", "--expect-no-changes", "--stack", stack]));
      assertExit(await sandbox.pulumi(["up", "--yes", "--expect-no-changes", "--stack", stack]));
    }
  });

  it("give each other's workloads the secret of one home, in both directions", async () => {
    for (const name of ["demo-from-hub", "demo-from-edge"]) {
      await eventually(async () => {
        const [inHub, inEdge] = await Promise.all(stacks.map((stack) => seen(stack, name)));
        assert.equal(inHub?.password?.length, 32);
        assert.deepEqual(inEdge, inHub);
      }, arrivalSeconds);
    }
  });

  it("end with the same value after many edits on both sides at the same time, and stay there", async () => {
    const edits = async (stack: Stack): Promise<void> => {
      for (let round = 1; round <= rounds; round += 1) {
        assertExit(await enter(stack, "demo/from-both", `${stack} ${round}`));
        await sleep(Math.random() * 1_000);
      }
    };
    await Promise.all(stacks.map(edits));

    const settled = async (): Promise<string> => {
      const [inHub, inEdge] = await Promise.all(stacks.map((stack) => seen(stack, "demo-from-both")));
      assert.match(inHub?.value ?? "", new RegExp(`^(hub|edge) ${rounds}$`));
      assert.deepEqual(inEdge, inHub);
      return inHub?.value ?? "";
    };
    await eventually(async () => {
      await settled();
    }, arrivalSeconds);
    const value = await settled();
    const versions = await Promise.all(stacks.map(versionsAfterTwoSyncs));
    assert.ok(versions.every(([first, last]) => first === last));
    assert.equal(await settled(), value);
  });

  it("keep working on this side while the other Vault is sealed, and catch up when it is opened", async () => {
    const servers = ["vault-0", "vault-1", "vault-2"];
    assertExit(await kubectl("edge", "delete", "pods", ...servers, "--namespace", "vault", "--wait"));
    const written = await enter("hub", "demo/from-both", "while the edge was away", "--timeout", "20s");
    assertExit(written, 2);
    await eventually(async () => {
      assert.deepEqual(await seen("hub", "demo-from-both"), { value: "while the edge was away" });
    }, arrivalSeconds);
    assert.notDeepEqual(await seen("edge", "demo-from-both"), { value: "while the edge was away" });

    await eventually(async () => {
      assertExit(await unseal("edge"));
    }, arrivalSeconds);
    await eventually(async () => {
      assert.deepEqual(await seen("edge", "demo-from-both"), { value: "while the edge was away" });
    }, 900);
    await eventually(assertLinked, 900);
  });

  it("remove a secret in both regions by a tombstone, and take a new value afterwards", async () => {
    assertExit(await vfed(["secret", "remove", "demo/from-both", "--yes", "--stack", "edge"]));
    for (const stack of stacks) {
      await eventually(async () => {
        assert.deepEqual(await seen(stack, "demo-from-both"), { deleted: "true" });
      }, arrivalSeconds);
    }
    assertExit(await enter("hub", "demo/from-both", "back"));
    for (const stack of stacks) {
      await eventually(async () => {
        assert.deepEqual(await seen(stack, "demo-from-both"), { value: "back" });
      }, arrivalSeconds);
    }
  });

  it("give each other fresh tokens without an update, which then has nothing to change", async () => {
    for (const stack of stacks) {
      assertExit(await vfed(["link", "rotate", stack]));
    }
    await eventually(assertLinked, arrivalSeconds);
    for (const stack of stacks) {
      assertExit(await sandbox.pulumi(["preview", "--expect-no-changes", "--stack", stack]));
    }
  });

  it("refuse a peer at once that was revoked, and let it in again after an update of each", async () => {
    assertExit(await vfed(["link", "revoke", "hub", "--peer", "edge"]));
    const cut = await vfed(["link", "status", "edge"]);
    assertExit(cut, 1);
    assertExit(await sandbox.pulumi(["up", "--yes", "--refresh", "--stack", "hub"]));
    assertExit(await sandbox.pulumi(["up", "--yes", "--stack", "edge"]));
    await eventually(assertLinked, arrivalSeconds);
  });

  /** Versions of the result that both write, now and after External Secrets has written it twice more. */
  async function versionsAfterTwoSyncs(stack: Stack): Promise<readonly [string, string]> {
    const name = "demo.from-both.result";
    const refreshed = async (): Promise<string> => {
      const time = "jsonpath={.status.refreshTime}";
      const get = ["get", "pushsecret", name, "--namespace", "secret-sources", "--output", time];
      return (await kubectl(stack, ...get)).stdout;
    };
    const version = async (): Promise<string> => {
      const shown = await vfed(["secret", "history", "demo/from-both", "--stack", stack, "--json"]);
      assertExit(shown);
      return shown.stdout;
    };
    const first = await version();
    for (let sync = 0; sync < 2; sync += 1) {
      const before = await refreshed();
      await eventually(async () => {
        assert.notEqual(await refreshed(), before);
      }, arrivalSeconds);
    }
    return [first, await version()];
  }
});
