import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { parse } from "yaml";

import { readGivenKubeconfig } from "../../../linode/given-kubeconfig.ts";

/** Writes a kubeconfig whose current cluster and user have some settings, beside others that are not looked at. */
async function write(
  context: TestContext,
  { cluster = {}, user = {} }: { cluster?: object; user?: object },
): Promise<{ folder: string; path: string; text: string }> {
  const folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  context.after(() => rm(folder, { recursive: true }));
  const text = JSON.stringify({
    clusters: [
      { name: "other", cluster: { server: "https://other", "proxy-url": "http://proxy" } },
      { name: "one", cluster: { server: "https://one:6443", ...cluster } },
    ],
    users: [
      { name: "other", user: { exec: { command: "get-token" } } },
      { name: "admin", user },
    ],
    contexts: [
      { name: "other", context: { cluster: "other", user: "other" } },
      { name: "one", context: { cluster: "one", user: "admin" } },
    ],
    "current-context": "one",
  });
  const path = join(folder, "kubeconfig");
  await writeFile(path, text);
  return { folder, path, text };
}

test("A kubeconfig that refers to no files is taken as it is", async (context) => {
  const { path, text } = await write(context, { user: { token: "secret" } });
  const kubeconfig = await readGivenKubeconfig(path);
  assert.equal(kubeconfig.text, text);
  assert.equal(kubeconfig.endpoint, "https://one:6443");
  assert.equal(kubeconfig.access.getCurrentUser()?.token, "secret");
});

test("Files that a kubeconfig refers to are found from its own folder, and their content is taken into it", async (context) => {
  const { folder, path } = await write(context, {
    cluster: { "certificate-authority": "pki/ca.crt" },
    user: { "client-certificate": "./admin.crt", "client-key": "admin.key", tokenFile: "token" },
  });
  await mkdir(join(folder, "pki"));
  for (const file of ["pki/ca.crt", "admin.crt", "admin.key", "token"]) {
    await writeFile(join(folder, file), `content of ${file}\n`);
  }
  const { text } = await readGivenKubeconfig(path);
  const { clusters, users } = parse(text) as { clusters: unknown[]; users: unknown[] };
  const encode = (file: string): string => Buffer.from(`content of ${file}\n`).toString("base64");
  assert.deepEqual(clusters[1], {
    name: "one",
    cluster: { server: "https://one:6443", "certificate-authority-data": encode("pki/ca.crt") },
  });
  assert.deepEqual(users[1], {
    name: "admin",
    user: {
      "client-certificate-data": encode("admin.crt"),
      "client-key-data": encode("admin.key"),
      token: "content of token",
    },
  });
});

test("Content in a kubeconfig wins over a file, but the file of a token over the token, as for kubectl", async (context) => {
  const { folder, path } = await write(context, {
    cluster: { "certificate-authority": "missing", "certificate-authority-data": "Y2E=" },
    user: { tokenFile: "token", token: "old" },
  });
  await writeFile(join(folder, "token"), "new");
  const { access } = await readGivenKubeconfig(path);
  assert.equal(access.getCurrentCluster()?.caData, "Y2E=");
  assert.equal(access.getCurrentCluster()?.caFile, undefined);
  assert.equal(access.getCurrentUser()?.token, "new");
});

test("A file that a kubeconfig refers to and that can't be read is named", async (context) => {
  const { folder, path } = await write(context, { user: { "client-key": "admin.key" } });
  await assert.rejects(readGivenKubeconfig(path), {
    message:
      `admin.key, the client-key of the kubeconfig ${path}, can't be read: ` +
      `ENOENT: no such file or directory, open '${folder}/admin.key'. Correct its path or its permissions.`,
  });
});

const withToken =
  "Give one with a token instead, such as `kubectl create token` makes for a service account with the role cluster-admin.";

for (const [what, settings, consequence] of [
  [
    "a command for its credentials",
    { user: { exec: { command: "get-token" } } },
    `gets its credentials from a command (exec), which is not everywhere that it is used. ${withToken}`,
  ],
  [
    "a plugin for its credentials",
    { user: { "auth-provider": { name: "oidc" } } },
    `gets its credentials from a plugin (auth-provider), which not everything that uses it has. ${withToken}`,
  ],
  [
    "a proxy",
    { cluster: { "proxy-url": "http://user:password@proxy" } },
    "leads through a proxy (proxy-url), which not everything that uses it goes through. " +
      "Give one that reaches the cluster directly.",
  ],
] as const) {
  test(`A kubeconfig that needs ${what} is refused`, async (context) => {
    const { path } = await write(context, settings);
    await assert.rejects(readGivenKubeconfig(path), { message: `the kubeconfig ${path} ${consequence}` });
  });
}
