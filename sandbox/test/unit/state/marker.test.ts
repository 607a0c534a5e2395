import assert from "node:assert/strict";
import { existsSync, watch } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test, type TestContext } from "node:test";

import { StateFolder } from "../../../state/folder.ts";
import { withSandboxLock } from "../../../state/lock.ts";
import { isForeign, markFolder, removeMarked } from "../../../state/marker.ts";

async function temporaryFolder(context: TestContext): Promise<StateFolder> {
  const folder = new StateFolder(await mkdtemp(join(tmpdir(), "vfed-unit-")));
  context.after(() => rm(folder.root, { recursive: true, force: true }));
  return folder;
}

test("A folder is somebody else's if it has files and no marker", async (context) => {
  const folder = await temporaryFolder(context);
  assert.equal(await isForeign(folder), false);
  assert.equal(await isForeign(new StateFolder(join(folder.root, "missing"))), false);
  await writeFile(join(folder.root, "notes"), "");
  assert.equal(await isForeign(folder), true);
  await assert.rejects(
    markFolder(folder),
    new Error(
      `${folder.root} is not empty and is no sandbox's; name a new folder with SANDBOX_STATE or --state, ` +
        `such as ${folder.root}/sandbox, or empty that one`,
    ),
  );
  assert.deepEqual(await readdir(folder.root), ["notes"]);
});

test("Whoever works on a sandbox has marked its folder before, and may do so again and again", async (context) => {
  const folder = new StateFolder(join((await temporaryFolder(context)).root, "state"));
  for (const command of ["up", "down"]) {
    const entries = await withSandboxLock(folder, command, () => readdir(folder.root));
    assert.deepEqual(entries.sort(), ["lock.json", basename(folder.marker)]);
  }
  assert.equal(await isForeign(folder), false);
});

test("Nothing is written to somebody else's folder by whoever wants to work there", async (context) => {
  const folder = await temporaryFolder(context);
  await writeFile(join(folder.root, "lock.json"), "theirs");
  await assert.rejects(
    withSandboxLock(folder, "up", () => Promise.reject(new Error("it worked there"))),
    / is not empty and is no sandbox's; /,
  );
  assert.deepEqual(await readdir(folder.root), ["lock.json"]);
});

test("The marker is removed last, so that a removal that was killed can be repeated", async (context) => {
  const folder = await temporaryFolder(context);
  // Whatever order a file system lists them in, the marker is between the two.
  await mkdir(folder.charts);
  await writeFile(folder.marker, "");
  await mkdir(join(folder.root, "zone"));
  const removed: string[] = [];
  const isGone = Promise.withResolvers<undefined>();
  const watcher = watch(folder.root, (_event, name) => {
    removed.push(name ?? "");
    if (name === basename(folder.root)) {
      isGone.resolve(undefined);
    }
  });
  context.after(() => {
    watcher.close();
  });
  await removeMarked(folder);
  await isGone.promise;
  const marker = removed.indexOf(basename(folder.marker));
  assert.deepEqual(removed.slice(0, marker).sort(), ["charts", "zone"]);
  assert.equal(existsSync(folder.root), false);
});
