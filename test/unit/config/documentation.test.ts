import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { parse } from "yaml";

import { settingsSchema } from "../../../config/settings.ts";
import { shippedFile, shippedStacks } from "../../support/regions.ts";
import { propertiesOf } from "../../support/schema.ts";

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
  const text = read("Pulumi.hub.yaml").replaceAll(/^( *)# ?( *[\w:-]+:( .*)?)$/gm, "$1$2");
  return ownProperties((parse(text) as { config: Record<string, unknown> }).config);
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
    const name = ["cluster.pools", "pool.labels"].includes(path) ? "*" : key;
    const full = path === "" ? name : `${path}.${name}`;
    // All pools obey the same rules, so it is enough to explain each of them once.
    const shared = full.replace(/^cluster\.(systemPool|pools\.\*)$/, "pool");
    return [full, ...pathsOf(member, shared)];
  });
}

describe("The shipped files", () => {
  for (const stack of shippedStacks) {
    test(`have values for ${stack} that the schema takes`, () => {
      assert.deepEqual(settingsSchema.safeParse(ownProperties(shippedFile(stack))).error?.issues ?? [], []);
    });
  }

  test("have examples in the hub's comments that the schema takes, too", () => {
    const { cluster, charts } = explainedInHubFile();
    assert.deepEqual(Object.keys(cluster as object).includes("accessControl"), true);
    assert.deepEqual(Object.keys(charts as object).includes("mirror"), true);
    assert.deepEqual(settingsSchema.safeParse(explainedInHubFile()).error?.issues ?? [], []);
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
