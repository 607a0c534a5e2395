import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { PulumiCli } from "../../../federation/pulumi.ts";
import { VaultOperators } from "../../../federation/vault-operators.ts";

/** Type of what an update has made once Vault is in its operators' hands. */
const bootstrap = "pulumi-nodejs:dynamic/vault-federation:VaultBootstrap";

/**
 * A checkout whose `vfed` prints an answer and ends with one exit code after the other, and a stack without outputs whose
 * state has resources of some types.
 */
async function operatorsOf(
  context: TestContext,
  exitCodes: readonly number[],
  types: readonly string[],
  answer = "hub is well",
) {
  const folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  context.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "cli"));
  await mkdir(join(folder, "keys"));
  await writeFile(join(folder, "keys", "alice.asc"), "");
  await writeFile(join(folder, "keys", "alice.asc.new"), "");
  const vfed = [
    'import { appendFileSync, readFileSync } from "node:fs";',
    `appendFileSync(${JSON.stringify(join(folder, "asked"))}, process.argv.slice(2).join(" ") + "\\n");`,
    `const times = readFileSync(${JSON.stringify(join(folder, "asked"))}, "utf8").split("\\n").length - 2;`,
    `console.log(${JSON.stringify(answer)});`,
    'console.error("vfed: said why");',
    `process.exitCode = ${JSON.stringify(exitCodes)}[times];`,
  ];
  await writeFile(join(folder, "cli", "vfed.ts"), vfed.join("\n"));
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  const pulumi = join(folder, "pulumi");
  const state = { deployment: { resources: types.map((type) => ({ type, urn: "" })) } };
  await writeFile(
    pulumi,
    `#!/bin/sh\ncase "$2" in ls) echo '[{"name":"hub"}]' ;; export) echo '${JSON.stringify(state)}' ;; *) echo '{}' ;; esac\n`,
  );
  await chmod(pulumi, 0o700);
  const environment = { PATH: process.env.PATH ?? "" };
  return {
    folder,
    pulumi: new PulumiCli(pulumi, folder, environment),
    operators: new VaultOperators({
      checkout: folder,
      project: folder,
      keys: join(folder, "keys"),
      environment,
    }),
    asked: async () => (await readFile(join(folder, "asked"), "utf8").catch(() => "")).trim().split("\n"),
  };
}

test("Operators unseal a Vault with all their keys, and try again while its servers are out of reach", async (context) => {
  const { folder, pulumi, operators, asked } = await operatorsOf(context, [2, 0], [bootstrap]);
  await operators.unseal("hub", pulumi, {});
  const command = `unseal hub --key ${join(folder, "keys", "alice.asc")}`;
  assert.deepEqual(await asked(), [command, command]);
});

test("Operators say why a Vault stays sealed, and do not try again", async (context) => {
  const { pulumi, operators, asked } = await operatorsOf(context, [1], [bootstrap]);
  await assert.rejects(operators.unseal("hub", pulumi, {}), /`vfed unseal hub` failed:[^]*vfed: said why/);
  assert.equal((await asked()).length, 1);
});

test("Operators leave regions alone whose Vault is not theirs yet, or that have no stack", async (context) => {
  const { pulumi, operators, asked } = await operatorsOf(
    context,
    [],
    ["vault-federation:vault:VaultBootstrap"],
  );
  await operators.unseal("hub", pulumi, {});
  await operators.unseal("edge", pulumi, {});
  assert.deepEqual(await asked(), [""]);
});

test("The operators' view of all regions is what `vfed status` prints, and an error where a Vault is not well", async (context) => {
  const { operators, asked } = await operatorsOf(context, [0, 1], []);
  assert.equal(await operators.status(["hub", "edge"], {}), "hub is well");
  await assert.rejects(
    operators.status(["hub", "edge"], {}),
    /not every Vault is in good health:[^]*said why/,
  );
  assert.deepEqual(await asked(), ["status hub edge", "status hub edge"]);
});

test("Operators wait until what the regions share has arrived in all of them, and show it", async (context) => {
  const { operators, asked } = await operatorsOf(context, [0, 0, 1, 2, 0, 0], [], "[]");
  assert.match(await operators.share(["hub"], {}), /^hub\n\[\]/);
  assert.deepEqual(await asked(), [
    "secret list --stack hub --json",
    "secret set demo/from-both value=- --stack hub",
    "secret list --stack hub",
    "secret list --stack hub",
    "secret list --stack hub",
    "link status hub",
  ]);
});

test("Operators enter no second value where there is one", async (context) => {
  const listed = JSON.stringify([{ path: "demo/from-both", revision: 1 }]);
  const { operators, asked } = await operatorsOf(context, [0, 0, 0], [], listed);
  await operators.share(["hub"], {});
  assert.deepEqual(await asked(), [
    "secret list --stack hub --json",
    "secret list --stack hub",
    "link status hub",
  ]);
});
