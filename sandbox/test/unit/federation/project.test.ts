import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { parse } from "yaml";
import { writeProject, type Overrides } from "../../../federation/project.ts";
import { temporaryFolder } from "../tools/support.ts";

const overrides: Overrides = {
  kubernetesVersion: "1.36",
  chartMirror: "http://127.0.0.1:8080",
  chartVersions: { "cert-manager": "v1.11.5", vault: "0.32.0" },
  vault: {
    operators: [{ name: "alice", publicKey: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxyz\n" }],
    threshold: 2,
  },
};

/** Writes a project over shipped stack files with the given content, twice; gives what the hub's then says. */
async function writtenConfiguration(context: TestContext, shipped: string): Promise<unknown> {
  const folder = await temporaryFolder(context);
  const checkout = join(folder, "checkout");
  await mkdir(checkout);
  await writeFile(join(checkout, "Pulumi.yaml"), "name: vault-federation\n");
  for (const stack of ["hub", "edge"]) {
    await writeFile(join(checkout, `Pulumi.${stack}.yaml`), shipped);
  }
  const project = join(folder, "project");
  await writeProject(project, checkout, overrides);
  await writeProject(project, checkout, overrides);
  const { config } = parse(await readFile(join(project, "Pulumi.hub.yaml"), "utf8")) as { config: unknown };
  return config;
}

test("a stack gets the sandbox's version of Kubernetes, charts and operators, and keeps all else", async (context) => {
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
  assert.deepEqual((config as Record<string, unknown>)["vault-federation:vault"], overrides.vault);
});
