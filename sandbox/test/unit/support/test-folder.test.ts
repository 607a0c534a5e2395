import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test, type TestContext } from "node:test";
import { processIdentity } from "../../../tools/process.ts";
import { findAbandonedFolders, makeTestFolder } from "../../support/test-folder.ts";

/** A prefix that no other run has; what begins with it is removed after the test. */
function ownPrefix(context: TestContext): string {
  const prefix = `vfed-unit-${crypto.randomUUID()}-`;
  context.after(async () => {
    const mine = (await readdir(tmpdir())).filter((entry) => entry.startsWith(prefix));
    await Promise.all(mine.map((entry) => rm(join(tmpdir(), entry), { recursive: true })));
  });
  return prefix;
}

test("The folder of a test that runs is not abandoned", async (context) => {
  const prefix = ownPrefix(context);
  await makeTestFolder(prefix);
  assert.deepEqual(await findAbandonedFolders(prefix), []);
});

test("The folder of a test process that has ended is abandoned", async (context) => {
  const prefix = ownPrefix(context);
  const module = new URL("../../support/test-folder.ts", import.meta.url).href;
  const script = `import { makeTestFolder } from ${JSON.stringify(module)};
    process.stdout.write(await makeTestFolder(${JSON.stringify(prefix)}));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  assert.equal(basename(stdout).startsWith(prefix), true, stderr);
  assert.deepEqual(await findAbandonedFolders(prefix), [stdout]);
});

test("A folder is abandoned when a later process has got its process's number", async (context) => {
  const prefix = ownPrefix(context);
  const { pid, startTime } = processIdentity(process.pid) ?? { pid: 0, startTime: "" };
  const [mine, earlier] = [startTime, String(Number(startTime) - 1)].map((started) =>
    join(tmpdir(), `${prefix}${String(pid)}-${started}-AbCd12`),
  ) as [string, string];
  await Promise.all([mkdir(mine), mkdir(earlier)]);
  assert.deepEqual(await findAbandonedFolders(prefix), [earlier]);
});

test("A folder that names no process is nobody's to remove", async (context) => {
  const prefix = ownPrefix(context);
  for (const name of ["AbCd12", "1-AbCd12", "1-1", "x1-1-AbCd12"]) {
    await mkdir(join(tmpdir(), `${prefix}${name}`));
  }
  await mkdir(join(tmpdir(), `other-${prefix}1-1-AbCd12`));
  context.after(() => rm(join(tmpdir(), `other-${prefix}1-1-AbCd12`), { recursive: true }));
  assert.deepEqual(await findAbandonedFolders(prefix), []);
});
