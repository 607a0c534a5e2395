import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { isStatic } from "../../../tools/elf.ts";
import { runCommand } from "../../../tools/command.ts";
import { requireHostPrograms } from "../../../tools/host-programs.ts";
import { smallRecipe, temporaryFolder } from "./support.ts";

const all = ["ip", "mount", "nft", "nsenter", "runc", "tar"];

async function writeProgram(folder: string, name: string, lines = "exit 0"): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
}

/** Builds a program without shared libraries. */
async function staticProgram(folder: string): Promise<string> {
  const recipe = await smallRecipe(join(folder, "static"));
  const path = join(folder, "static", "program");
  const { code, stderr } = await runCommand("go", ["build", "-o", path, "."], {
    cwd: recipe.folder,
    env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off" },
  });
  assert.equal(code, 0, stderr);
  return path;
}

test("programs that are all there are given with their paths", async (context) => {
  const folder = await temporaryFolder(context);
  await Promise.all(all.map((name) => writeProgram(folder, name)));
  await copyFile(await staticProgram(folder), join(folder, "busybox"));
  const programs = await requireHostPrograms({ folders: ["/nonexistent", folder], mayInstall: false });
  assert.deepEqual(
    programs,
    Object.fromEntries([...all, "busybox"].map((name) => [name, join(folder, name)])),
  );
});

test("who may not install packages is told which are missing and what to run", async (context) => {
  const folder = await temporaryFolder(context);
  await Promise.all(["apt-get", ...all.slice(0, 4)].map((name) => writeProgram(folder, name)));
  await assert.rejects(requireHostPrograms({ folders: [folder], mayInstall: false }), {
    name: "ToolError",
    message:
      "Missing on this machine: busybox-static, runc, tar. Run: sudo apt-get install --yes busybox-static runc tar",
  });
});

test("a machine without apt-get is told the names of the packages", async (context) => {
  const folder = await temporaryFolder(context);
  await assert.rejects(requireHostPrograms({ folders: [folder], mayInstall: true }), {
    name: "ToolError",
    message:
      /^Missing on this machine: busybox-static, iproute2, mount, nftables, util-linux, runc, tar\. Install what/,
  });
});

test("a busybox that needs shared libraries counts as missing", async (context) => {
  const folder = await temporaryFolder(context);
  await Promise.all(["apt-get", ...all].map((name) => writeProgram(folder, name)));
  await copyFile(process.execPath, join(folder, "busybox"));
  await assert.rejects(requireHostPrograms({ folders: [folder], mayInstall: false }), {
    message: /^Missing on this machine: busybox-static\. Run/,
  });
});

test("package lists are fetched only if the packages can't be installed without", async (context) => {
  const folder = await temporaryFolder(context);
  await Promise.all(all.filter((name) => name !== "runc").map((name) => writeProgram(folder, name)));
  await copyFile(await staticProgram(folder), join(folder, "busybox"));
  const log = join(folder, "log");
  // Stands in for apt-get on a machine whose package lists are missing.
  await writeProgram(
    folder,
    "apt-get",
    `echo "$DEBIAN_FRONTEND $*" >> ${log}
case "$*" in
  *update) touch ${folder}/updated ;;
  *install*) [ -e ${folder}/updated ] || exit 100; cp ${folder}/ip ${folder}/runc ;;
esac`,
  );
  const asked: (readonly string[])[] = [];
  const programs = await requireHostPrograms({
    folders: [folder],
    mayInstall: true,
    onInstall: (names) => asked.push(names),
  });
  assert.equal(programs.runc, join(folder, "runc"));
  assert.deepEqual(asked, [["runc"]]);
  const install = "noninteractive -o DPkg::Lock::Timeout=120 install --yes --no-install-recommends runc";
  assert.deepEqual((await readFile(log, "utf8")).trim().split("\n"), [
    install,
    "noninteractive -o DPkg::Lock::Timeout=120 update",
    install,
  ]);
});

test("an installation that fails shows what apt-get said and the command to run by hand", async (context) => {
  const folder = await temporaryFolder(context);
  await writeProgram(folder, "apt-get", 'echo "E: Unable to locate package" >&2; exit 100');
  await assert.rejects(requireHostPrograms({ folders: [folder], mayInstall: true }), {
    name: "ToolError",
    message:
      /could not be installed\. Mend that by hand \(apt-get update && apt-get install --yes busybox-static [^)]*\), then try again\.\nE: Unable/,
  });
});

test("an installation that doesn't bring the programs is an error", async (context) => {
  const folder = await temporaryFolder(context);
  await Promise.all([...all, "apt-get"].map((name) => writeProgram(folder, name)));
  await assert.rejects(requireHostPrograms({ folders: [folder], mayInstall: true }), {
    message:
      "apt-get has installed busybox-static, but the programs of busybox-static are not on PATH. Check PATH.",
  });
});

test("a program is static if it names no dynamic linker", async (context) => {
  const folder = await temporaryFolder(context);
  await writeProgram(folder, "script");
  assert.equal(await isStatic(await staticProgram(folder)), true);
  assert.equal(await isStatic(process.execPath), false);
  assert.equal(await isStatic(join(folder, "script")), false);
});
