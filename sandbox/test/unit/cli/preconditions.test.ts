import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { requireKubeconfigs } from "../../../cli/given-kubeconfigs.ts";
import { memoryWarning, requireRoom } from "../../../cli/resources.ts";

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
});
after(() => rm(folder, { recursive: true }));

async function kubeconfig(name: string, server: string): Promise<string> {
  const file = join(folder, name);
  const config = {
    clusters: [{ name: "one", cluster: { server } }],
    users: [{ name: "admin", user: { token: "secret" } }],
    contexts: [{ name: "one", context: { cluster: "one", user: "admin" } }],
    "current-context": "one",
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

test("Two kubeconfigs of two clusters are accepted", async () => {
  await requireKubeconfigs([
    await kubeconfig("a", "https://a:6443"),
    await kubeconfig("b", "https://b:6443"),
  ]);
});

for (const count of [1, 3]) {
  test(`${count} kubeconfigs are refused`, async () => {
    const files = Array.from({ length: count }, (_, index) => `/${index}`);
    await assert.rejects(requireKubeconfigs(files), {
      message:
        "there must be 2 kubeconfigs, first that of the hub, then that of the edge; received " +
        `${count}: ${files.join(" ")}. Give both, or none for local clusters.`,
    });
  });
}

test("Two kubeconfigs of one cluster are refused", async () => {
  const files = [await kubeconfig("c", "https://c:6443"), await kubeconfig("d", "https://c:6443")];
  await assert.rejects(requireKubeconfigs(files), {
    message:
      `the kubeconfigs ${files.join(" and ")} lead to the same API server, https://c:6443. ` +
      "Give the kubeconfigs of two different clusters.",
  });
});

test("A kubeconfig that is missing is named", async () => {
  const missing = join(folder, "missing");
  await assert.rejects(requireKubeconfigs([await kubeconfig("a", "https://a:6443"), missing]), {
    message: new RegExp(`^the kubeconfig ${missing} can't be read: ENOENT.*Correct its path`),
  });
});

for (const [what, content, reason] of [
  ["that is no YAML", "{", "is no YAML: "],
  ["that is empty", "", "has no current context"],
  [
    "without a current context",
    "{}",
    "has no current context that names a cluster and a user; set one with `kubectl",
  ],
] as const) {
  test(`A kubeconfig ${what} is refused`, async () => {
    const file = join(folder, "broken");
    await writeFile(file, content);
    await assert.rejects(requireKubeconfigs([file, await kubeconfig("a", "https://a:6443")]), (error) => {
      assert.ok((error as Error).message.startsWith(`the kubeconfig ${file} ${reason}`), String(error));
      return true;
    });
  });
}

for (const [kind, what, needed] of [
  ["vault", "local clusters with Vaults", 10_240],
  ["plain", "a sandbox without Vaults", 3072],
  ["present", "a sandbox whose clusters are there", 1024],
] as const) {
  test(`A state folder needs ${needed / 1024} GiB for ${what}`, async () => {
    const probe = (mebibytes: number) => () => Promise.resolve({ bavail: mebibytes * 256, bsize: 4096 });
    await requireRoom("/state", kind, probe(needed));
    await assert.rejects(requireRoom("/state", kind, probe(needed - 1)), {
      message:
        `the file system of /state has ${needed - 1} MiB free, and a sandbox needs ${needed} MiB. ` +
        "Free some space there, or choose a folder on another file system with SANDBOX_STATE.",
    });
  });
}

test("Less than 6 GiB of memory is worth a warning", () => {
  assert.equal(memoryWarning(6 * 2 ** 30), undefined);
  assert.equal(
    memoryWarning(6 * 2 ** 30 - 1),
    "warning: 6143 MiB of memory are available; local clusters want 6144 MiB, and may not all come up",
  );
});
