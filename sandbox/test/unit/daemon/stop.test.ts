import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { findDaemons } from "../../../daemon/find.ts";
import { stopDaemon } from "../../../daemon/launch.ts";
import { StateFolder } from "../../../state/folder.ts";

/** A process that looks like a background process which has not written its record, and does nothing. */
async function startDaemon(context: TestContext, root: string): Promise<ChildProcess> {
  const checkout = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  const program = join(checkout, "sandbox", "daemon", "main.ts");
  await mkdir(join(checkout, "sandbox", "daemon"), { recursive: true });
  await writeFile(program, "process.stdout.write('up'); setInterval(() => undefined, 1_000);");
  const child = spawn(process.execPath, [program, root], { stdio: ["ignore", "pipe", "inherit"] });
  context.after(async () => {
    child.kill("SIGKILL");
    await rm(checkout, { recursive: true });
  });
  await once(child.stdout, "data");
  return child;
}

async function missingFolder(): Promise<StateFolder> {
  const root = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  await rm(root, { recursive: true });
  return new StateFolder(root);
}

test("A background process without a record is found and ended, though its state folder is gone", async (context) => {
  const folder = await missingFolder();
  const child = await startDaemon(context, folder.root);
  assert.deepEqual(
    (await findDaemons(folder)).map(({ pid }) => pid),
    [child.pid],
  );
  const exit = once(child, "exit");
  await stopDaemon(folder);
  assert.deepEqual(await exit, [null, "SIGTERM"]);
  assert.deepEqual(await findDaemons(folder), []);
});

test("The background process of another state folder is left alone", async (context) => {
  const [mine, theirs] = [await missingFolder(), await missingFolder()];
  const child = await startDaemon(context, theirs.root);
  await stopDaemon(mine);
  assert.equal(child.exitCode, null);
  assert.deepEqual(
    (await findDaemons(theirs)).map(({ pid }) => pid),
    [child.pid],
  );
});
