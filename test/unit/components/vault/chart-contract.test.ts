import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { stringify } from "yaml";
import { z } from "zod";

import { vaultValues } from "../../../../components/vault/vault-values.ts";
import type { SealSettings } from "../../../../config/vault-settings.ts";
import { assertGolden } from "../../../support/golden.ts";

const image = { repository: "hashicorp/vault", tag: "1.21.0" };
const storage = { dataGiB: 10, auditGiB: 12, storageClass: "linode-block-storage-retain" };
const shamir: SealSettings = { type: "shamir", parameters: {}, acceptDependencyOnPeer: false };
const keyService: SealSettings = {
  type: "awskms",
  parameters: { region: "us-east-1", kms_key_id: "a-key" },
  credentials: {
    secretName: "vault-seal",
    variables: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    files: ["ca.pem"],
  },
  acceptDependencyOnPeer: false,
};

/** The sandbox's tests give these files to its chart, and look at every object that comes out. */
const cases = [
  { title: "three servers that operators unseal", file: "vault-values.yaml", replicas: 3, seal: shamir },
  {
    title: "five servers that a key service unseals",
    file: "vault-values-kms.yaml",
    replicas: 5,
    seal: keyService,
  },
] as const;

/**
 * Which of the official chart's values the program may set and must set, and the form of each. Source: values.yaml of
 * vault-helm 0.32.
 */
const contractFile = new URL("../../../../sandbox/charts/vault/values.schema.json", import.meta.url);
const contract = z.fromJSONSchema(
  JSON.parse(readFileSync(contractFile, "utf8")) as z.core.JSONSchema.JSONSchema,
);

type Path = readonly (string | number)[];

/** Where in a value there are objects, at all depths. */
function objectPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  const inner = Array.isArray(value)
    ? value.flatMap((member, index) => objectPaths(member, [...path, index]))
    : Object.entries(value).flatMap(([key, member]) => objectPaths(member, [...path, key]));
  return Array.isArray(value) ? inner : [path, ...inner];
}

/** A copy that has one key more in the object at a path. */
function withUnknownKey(value: unknown, path: Path): unknown {
  const copy = structuredClone(value);
  const target = path.reduce((object, key) => (object as Record<string | number, unknown>)[key], copy);
  (target as Record<string, unknown>).misspelt = "value";
  return copy;
}

describe("The values of Vault's chart", () => {
  for (const { title, file, replicas, seal } of cases) {
    const values = vaultValues({ replicas, storage, seal }, image);

    test(`are the reviewed ones for ${title}`, () => {
      assertGolden(
        stringify(values, { lineWidth: 0, aliasDuplicateObjects: false }),
        new URL(`../../golden/${file}`, import.meta.url),
      );
    });

    test(`are known to the chart, and all that it needs, for ${title}`, () => {
      assert.equal(contract.safeParse(values).error, undefined);
    });

    test(`would be refused with a misspelt key, except in a map of variables, for ${title}`, () => {
      const accepted = objectPaths(values).filter(
        (path) => contract.safeParse(withUnknownKey(values, path)).success,
      );
      assert.deepEqual(accepted, [["server", "extraEnvironmentVars"]]);
    });
  }
});
