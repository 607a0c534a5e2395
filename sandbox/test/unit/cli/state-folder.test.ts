import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test, type TestContext } from "node:test";

import { StateFolder } from "../../../state/folder.ts";
import { markFolder } from "../../../state/marker.ts";

const main = fileURLToPath(new URL("../../../cli/main.ts", import.meta.url));
const checkout = fileURLToPath(new URL("../../../..", import.meta.url));

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "vfed-unit-")));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Somebody's folder, with names in it that a sandbox uses, too. */
async function foreignFolder(context: TestContext): Promise<string> {
  const folder = await temporaryFolder(context);
  for (const name of ["charts", "volumes", "load-balancers", "clusters", "logs"]) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "lke-notes"), "precious");
  }
  for (const name of ["lock.json", "daemon.json", "clusters.json"]) {
    await writeFile(join(folder, name), "{}");
  }
  return folder;
}

/** Every file below a folder with its content. */
async function contents(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.sort().map(async (file) => [file, await readFile(file, "utf8")] as const)),
  );
}

function sandbox(
  args: readonly string[],
  { environment = {}, cwd }: { environment?: NodeJS.ProcessEnv; cwd?: string } = {},
) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    env: { ...process.env, SANDBOX_STATE: undefined, KUBECONFIGS: undefined, ...environment },
    cwd,
  });
  return { status, stdout, stderr };
}

for (const [how, args, environment] of [
  ["--state", (folder: string) => ["--state", folder], () => ({})],
  ["SANDBOX_STATE", () => [], (folder: string) => ({ SANDBOX_STATE: folder })],
] as const) {
  test(`down says that there is no sandbox in a folder of somebody's that ${how} names, and changes nothing there`, async (context) => {
    const folder = await foreignFolder(context);
    const before = await contents(folder);
    assert.deepEqual(sandbox(["down", ...args(folder)], { environment: environment(folder) }), {
      status: 0,
      stdout: `there is no sandbox in ${folder}\n`,
      stderr: "",
    });
    assert.deepEqual(await contents(folder), before);
  });

  test(`up refuses a folder of somebody's that ${how} names, says what to do, and changes nothing there`, async (context) => {
    const folder = await foreignFolder(context);
    const before = await contents(folder);
    const command = ["up", "--kubeconfig", "/missing/hub", "/missing/edge", ...args(folder)];
    assert.deepEqual(sandbox(command, { environment: environment(folder) }), {
      status: 1,
      stdout: "",
      stderr:
        `error: ${folder} is not empty and is no sandbox's; name a new folder with SANDBOX_STATE or --state, ` +
        `such as ${folder}/sandbox, or empty that one\n`,
    });
    assert.deepEqual(await contents(folder), before);
  });
}

test("down removes a sandbox's folder with all that is in it, and is repeated without complaint", async (context) => {
  const folder = new StateFolder(join(await temporaryFolder(context), "state"));
  await markFolder(folder);
  await mkdir(folder.charts);
  await writeFile(join(folder.charts, "index.yaml"), "");
  const { status, stderr } = sandbox(["down", "--state", folder.root]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  assert.equal(existsSync(folder.root), false);
  assert.equal(sandbox(["down", "--state", folder.root]).stdout, `there is no sandbox in ${folder.root}\n`);
});

test("down removes a folder that was made for a sandbox and never used", async (context) => {
  const folder = await temporaryFolder(context);
  assert.equal(sandbox(["down", "--state", folder]).status, 0);
  assert.equal(existsSync(folder), false);
});

test("An empty SANDBOX_STATE means the checkout's own sandbox, not the current folder", async (context) => {
  const cwd = await temporaryFolder(context);
  const { stdout } = sandbox(["status", "--json"], { environment: { SANDBOX_STATE: "" }, cwd });
  assert.equal((JSON.parse(stdout) as { state: string }).state, join(checkout, ".sandbox"));
});

test("An empty --state is refused", () => {
  const { status, stderr } = sandbox(["down", "--state", ""]);
  assert.deepEqual(
    { status, stderr },
    {
      status: 1,
      stderr: "error: option '--state <folder>' argument '' is invalid. It must name a folder.\n",
    },
  );
});
