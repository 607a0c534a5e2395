import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, open, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

import { parse } from "yaml";

import { writeProject, type Overrides, type Project } from "../../../federation/project.ts";
import { temporaryFolder } from "../tools/support.ts";

const overrides = {
  clusters: { hub: { kubernetesVersion: "1.36" }, edge: { kubernetesVersion: "1.36" } },
  chartMirror: "http://127.0.0.1:8080",
  chartVersions: { "cert-manager": "v1.11.5", vault: "0.32.0" },
  vault: {
    operators: [{ name: "alice", publicKey: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxyz\n" }],
    threshold: 2,
  },
} satisfies Overrides;

const sharedPaths = ["demo/from-hub", "demo/from-edge", "demo/from-both"];

/** What is looked at in a stack's file. */
interface Stored {
  readonly config: unknown;
  readonly encryptionsalt?: unknown;
}

/** A project that is yet to be written. */
interface SmallProject {
  /** Writes it over the shipped stack files, or brings it up to date. */
  readonly write: () => Promise<Project>;
  /** The hub's file. */
  readonly file: string;
}

/** Prepares a checkout whose stack files have the given content. */
async function smallProject(
  context: TestContext,
  shipped = "config:\n  vault-federation:cluster: { label: hub }\n",
  wanted: Overrides = overrides,
): Promise<SmallProject> {
  const folder = await temporaryFolder(context);
  const checkout = join(folder, "checkout");
  await mkdir(checkout);
  await writeFile(join(checkout, "Pulumi.yaml"), "name: vault-federation\n");
  for (const stack of ["hub", "edge"]) {
    await writeFile(join(checkout, `Pulumi.${stack}.yaml`), shipped);
  }
  const project = join(folder, "project");
  return { write: () => writeProject(project, checkout, wanted), file: join(project, "Pulumi.hub.yaml") };
}

/** Writes a project over shipped stack files with the given content, twice; gives what the hub's then says. */
async function writtenConfiguration(
  context: TestContext,
  shipped: string,
  wanted: Overrides = overrides,
): Promise<unknown> {
  const { write, file } = await smallProject(context, shipped, wanted);
  await write();
  await write();
  return (parse(await readFile(file, "utf8")) as Stored).config;
}

test("a stack gets the sandbox's version of Kubernetes, charts, operators, a peer and shared secrets, and keeps all else", async (context) => {
  const shipped = [
    "config:",
    "  vault-federation:role: hub",
    '  vault-federation:cluster: { label: hub, kubernetesVersion: "1.35" }',
    "  vault-federation:vault:",
    "    operators: [{ name: someone, publicKey: theirs }]",
    "    threshold: 1",
    "    storage: { dataGiB: 20, storageClass: linode-block-storage-retain }",
  ].join("\n");
  assert.deepEqual(await writtenConfiguration(context, shipped), {
    "vault-federation:role": "hub",
    "vault-federation:cluster": { label: "hub", kubernetesVersion: "1.36" },
    "vault-federation:vault": {
      operators: overrides.vault.operators,
      threshold: 2,
      storage: { dataGiB: 20, storageClass: "linode-block-storage-retain" },
      consumers: { demo: sharedPaths },
    },
    "vault-federation:peers": { edge: {} },
    "vault-federation:secrets": {
      "demo/from-hub": { home: "hub", generated: {}, refreshInterval: "10s" },
      "demo/from-edge": { home: "edge", generated: {}, refreshInterval: "10s" },
      "demo/from-both": { writers: ["hub", "edge"], refreshInterval: "10s" },
    },
    "vault-federation:delivery": {
      syncedSecrets: Object.fromEntries(
        ["demo-from-hub", "demo-from-edge", "demo-from-both"].map((name, index) => [
          name,
          { namespace: "demo", path: sharedPaths[index], destination: name, refreshAfter: "10s" },
        ]),
      ),
    },
    "vault-federation:charts": {
      mirror: "http://127.0.0.1:8080",
      certManager: { version: "v1.11.5" },
      vault: { version: "0.32.0" },
    },
    "vault-federation:protect": false,
  });
});

test("a stack whose file says nothing of Vault gets operators as well", async (context) => {
  const config = await writtenConfiguration(context, "config:\n  vault-federation:cluster: { label: hub }\n");
  assert.deepEqual((config as Record<string, unknown>)["vault-federation:vault"], {
    ...overrides.vault,
    consumers: { demo: sharedPaths },
  });
});

test("a stack gets the sandbox's storage class, if it has one, and keeps the sizes of its file", async (context) => {
  const shipped = [
    "config:",
    "  vault-federation:cluster: { label: hub }",
    "  vault-federation:vault:",
    "    storage: { dataGiB: 20, storageClass: linode-block-storage-retain }",
  ].join("\n");
  const vault = { ...overrides.vault, storageClass: "linode-block-storage" };
  const config = await writtenConfiguration(context, shipped, { ...overrides, vault });
  assert.deepEqual((config as Record<string, { storage: unknown }>)["vault-federation:vault"]?.storage, {
    dataGiB: 20,
    storageClass: "linode-block-storage",
  });
});

test("a stack has no Vault if the sandbox has none, whatever its file says", async (context) => {
  const shipped =
    "config:\n  vault-federation:cluster: { label: hub }\n  vault-federation:vault: { threshold: 2 }\n";
  const config = await writtenConfiguration(context, shipped, { ...overrides, vault: undefined });
  const names = Object.keys(config as object);
  assert.deepEqual(
    names.filter((name) => /:(vault|peers|secrets|delivery)$/.test(name)),
    [],
  );
});

test("an existing project keeps its passphrase and the salts of its stacks", async (context) => {
  const { write, file } = await smallProject(context);
  const { passphraseFile } = await write();
  const passphrase = await readFile(passphraseFile, "utf8");
  assert.ok(passphrase.length > 20);
  await appendFile(file, "encryptionsalt: v1:a-salt\n");
  await write();
  assert.equal((parse(await readFile(file, "utf8")) as Stored).encryptionsalt, "v1:a-salt");
  assert.equal(await readFile(passphraseFile, "utf8"), passphrase);
});

for (const [state, content] of [
  ["empty", ""],
  ["without a document", "# nothing yet\n"],
]) {
  test(`a stack's file that was left ${state} is written anew`, async (context) => {
    const { write, file } = await smallProject(context);
    await write();
    const whole = await readFile(file, "utf8");
    await writeFile(file, content ?? "");
    await write();
    assert.equal(await readFile(file, "utf8"), whole);
  });
}

test("a passphrase that was left empty is made anew", async (context) => {
  const { write } = await smallProject(context);
  const { passphraseFile } = await write();
  await writeFile(passphraseFile, "");
  await write();
  assert.ok((await readFile(passphraseFile, "utf8")).length > 20);
});

test("a project's files are replaced and never written in place: a kill must not cost a stack's salt", async (context) => {
  const { write, file } = await smallProject(context);
  await write();
  const reader = await open(file);
  await appendFile(file, "encryptionsalt: v1:a-salt\n");
  const before = await readFile(file, "utf8");
  await write();
  assert.equal(await reader.readFile("utf8"), before);
  await reader.close();
  assert.deepEqual((await readdir(dirname(file))).toSorted(), [
    "Pulumi.edge.yaml",
    "Pulumi.hub.yaml",
    "Pulumi.yaml",
    "passphrase",
  ]);
});

const root = fileURLToPath(new URL("../../../..", import.meta.url));

test("Each stack gets its own cluster's version and, if the nodes are given, their number", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  context.after(() => rm(folder, { recursive: true }));
  await writeProject(folder, root, {
    clusters: {
      hub: { kubernetesVersion: "1.36" },
      edge: { kubernetesVersion: "1.34", readyNodes: 1 },
    },
    chartMirror: "http://127.0.0.1:1",
    chartVersions: {},
  });
  const clusters = await Promise.all(
    [join(root, "Pulumi.hub.yaml"), join(folder, "Pulumi.hub.yaml"), join(folder, "Pulumi.edge.yaml")].map(
      async (file) => {
        const { config } = parse(await readFile(file, "utf8")) as { config: Record<string, unknown> };
        const cluster = config["vault-federation:cluster"];
        const { kubernetesVersion, systemPool } = cluster as {
          kubernetesVersion: string;
          systemPool: { count: number };
        };
        return { kubernetesVersion, count: systemPool.count };
      },
    ),
  );
  const [shipped, hub, edge] = clusters;
  assert.deepEqual(hub, { kubernetesVersion: "1.36", count: shipped?.count });
  assert.deepEqual(edge, { kubernetesVersion: "1.34", count: 1 });
});
