import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { parse } from "yaml";

import { settingsSchema } from "../../../config/settings.ts";
import { operators } from "../../support/operators.ts";
import { shippedFile, shippedStacks, withOperators } from "../../support/regions.ts";
import { propertiesOf } from "../../support/schema.ts";
import { findings } from "../../support/settings.ts";

function read(file: string): string {
  return readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");
}

/** Takes the namespace off the properties of the project's own. */
function ownProperties(config: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace("vault-federation:", ""), value]),
  );
}

/** The hub's file with its commented properties made real: comment lines that are a key and a colon. */
function explainedInHubFile(): Record<string, unknown> {
  const text = read("Pulumi.hub.yaml").replaceAll(/^( *)# ?( *(?:- )?[\w:/-]+:( .*)?)$/gm, "$1$2");
  return ownProperties((parse(text) as { config: Record<string, unknown> }).config);
}

const externalOnly = ["mode", "address", "caBundle", "namespace"];
const common = ["consumers"];

/** The hub's file, all comments made real, for each mode of Vault, with keys and certificates in place of the dots. */
function examples(): Record<"server" | "external", Record<string, unknown>> {
  const { vault, ...others } = explainedInHubFile();
  const members = Object.entries({
    ...(vault as object),
    operators,
    caBundle: "-----BEGIN CERTIFICATE-----",
  });
  const only = (isMeant: (name: string) => boolean): Record<string, unknown> => ({
    ...others,
    vault: Object.fromEntries(members.filter(([name]) => isMeant(name))),
  });
  return {
    server: only((name) => !externalOnly.includes(name)),
    external: only((name) => externalOnly.includes(name) || common.includes(name)),
  };
}

/** Paths of all objects' members in a document, with list positions and the names of pools left out. */
function pathsOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((member) => [`${path}[]`, ...pathsOf(member, `${path}[]`)]);
  }
  if (typeof value !== "object" || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, member]) => {
    const name = [
      "cluster.pools",
      "pool.labels",
      "vault.seal.parameters",
      "vault.consumers",
      "delivery.syncedSecrets",
      "delivery.syncedSecrets.*.labels",
      "delivery.syncedSecrets.*.annotations",
      "peers",
      "secrets",
      "secrets.*.generated.plain",
      "secretBackends",
    ].includes(path)
      ? "*"
      : key;
    const full = path === "" ? name : `${path}.${name}`;
    // All pools obey the same rules, so it is enough to explain each of them once.
    const shared = full.replace(/^cluster\.(systemPool|pools\.\*)$/, "pool");
    return [full, ...pathsOf(member, shared)];
  });
}

describe("The shipped files", () => {
  for (const stack of shippedStacks) {
    test(`have values for ${stack} that the schema takes, once it has operators`, async () => {
      assert.deepEqual(await findings(ownProperties(withOperators(shippedFile(stack)))), []);
    });
  }

  test("have examples in the hub's comments that the schema takes, too", async () => {
    const { cluster, charts, vault } = explainedInHubFile();
    assert.deepEqual(Object.keys(cluster as object).includes("accessControl"), true);
    assert.deepEqual(Object.keys(charts as object).includes("mirror"), true);
    assert.deepEqual(Object.keys((vault as { operators: object[] }).operators[0] ?? {}), [
      "name",
      "publicKey",
    ]);
    const { server, external } = examples();
    assert.deepEqual(Object.keys(server.vault as object).includes("seal"), true);
    assert.deepEqual(await findings(server), []);
    assert.deepEqual(Object.keys(external.vault as object).sort(), [...externalOnly, ...common].sort());
    // Its namespace and the peers are examples of their own, as no region has both.
    assert.deepEqual(await findings({ ...external, peers: {} }), []);
  });

  test("explain every property of the schema, in Pulumi.yaml or, commented or not, in Pulumi.hub.yaml", () => {
    const { config } = parse(read("Pulumi.yaml")) as { config: Record<string, { description?: string }> };
    const explained = new Set([
      ...Object.keys(config).filter((key) => config[key]?.description !== undefined),
      ...pathsOf(explainedInHubFile()),
    ]);
    const unexplained = propertiesOf(settingsSchema)
      .map((property) => property.replace(/^cluster\.(systemPool|pools\.\*)(?=[.[])/, "pool"))
      .filter((property) => !explained.has(property));
    assert.deepEqual(unexplained, []);
  });
});
