import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

import { processIdentity } from "../../../tools/process.ts";

const main = fileURLToPath(new URL("../../../cli/main.ts", import.meta.url));

for (const runs of ["abc", "0", "1.5"]) {
  test(`bench refuses ${runs} runs`, () => {
    const { status, stderr } = spawnSync(process.execPath, [main, "bench", "--runs", runs], {
      encoding: "utf8",
    });
    assert.equal(status, 1);
    assert.equal(
      stderr.trim(),
      `error: option '--runs <number>' argument '${runs}' is invalid. It must be a whole number, 1 or more.`,
    );
  });
}

for (const [what, isRunning, reason] of [
  ["is down", false, "is not running; start it with `make sandbox`"],
  [
    "has no Vaults",
    true,
    "is up without Vaults, and only previews can be measured there (--only previews); " +
      "give it Vaults with `node sandbox/cli/main.ts up --vault`",
  ],
] as const) {
  test(`bench says in one sentence that the sandbox ${what}, and makes nothing`, async (context) => {
    const state = await mkdtemp(join(tmpdir(), "vfed-unit-"));
    context.after(() => rm(state, { recursive: true }));
    if (isRunning) {
      await writeFile(join(state, "daemon.json"), JSON.stringify({ process: processIdentity(process.pid) }));
    }
    const before = await readdir(state);
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, "bench", "--state", state], {
      encoding: "utf8",
    });
    assert.deepEqual(
      { status, stdout, stderr },
      {
        status: 1,
        stdout: "",
        stderr: `error: the sandbox in ${state} ${reason}\n`,
      },
    );
    assert.deepEqual(await readdir(state), before);
  });
}

test("bench refuses to measure what it does not know, and names what it does", () => {
  const { status, stderr } = spawnSync(process.execPath, [main, "bench", "--only", "speed"], {
    encoding: "utf8",
  });
  assert.equal(status, 1);
  assert.equal(
    stderr.trim(),
    "error: option '--only <names...>' argument 'speed' is invalid. " +
      "Allowed choices are previews, crossing, edge-cost, scale, vault-birth.",
  );
});

for (const [how, args, environment] of [
  ["as arguments", ["--kubeconfig", "/missing/hub", "/missing/edge"], {}],
  ["in the environment", [], { KUBECONFIGS: " /missing/hub  /missing/edge " }],
] as const) {
  test(`up takes two kubeconfigs ${how}, and makes nothing if they can't be read`, async (context) => {
    const parent = await mkdtemp(join(tmpdir(), "vfed-unit-"));
    context.after(() => rm(parent, { recursive: true }));
    const state = join(parent, "state");
    const { status, stderr } = spawnSync(process.execPath, [main, "up", "--state", state, ...args], {
      encoding: "utf8",
      env: { ...process.env, ...environment },
    });
    assert.equal(status, 1);
    assert.match(stderr, /^error: the kubeconfig \/missing\/(hub|edge) can't be read: ENOENT/);
    assert.equal(existsSync(state), false);
  });
}

test("up does not remember kubeconfigs whose clusters are not fit, so that others can be given", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  context.after(() => rm(folder, { recursive: true }));
  const state = join(folder, "state");
  const kubeconfigs = await Promise.all(
    ["hub", "edge"].map(async (name, index) => {
      const file = join(folder, name);
      const config = {
        clusters: [{ name: "one", cluster: { server: `http://127.0.0.1:${String(index + 1)}` } }],
        users: [{ name: "admin", user: { token: "secret" } }],
        contexts: [{ name: "one", context: { cluster: "one", user: "admin" } }],
        "current-context": "one",
      };
      await writeFile(file, JSON.stringify(config));
      return file;
    }),
  );
  for (const given of [kubeconfigs, kubeconfigs.toReversed()]) {
    const { status, stderr } = spawnSync(
      process.execPath,
      [main, "up", "--state", state, "--kubeconfig", ...given],
      { encoding: "utf8" },
    );
    assert.equal(status, 1);
    assert.match(stderr, /error: the cluster of the kubeconfig .*(hub|edge) can't be used/);
  }
  assert.deepEqual(await readdir(state), ["vault-federation-sandbox"]);
});
