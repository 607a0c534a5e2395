import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { secretBackendsSchema } from "../../../config/secret-backend-settings.ts";
import { sharedSecretsSchema } from "../../../config/shared-secrets-settings.ts";
import { propertiesOf } from "../../support/schema.ts";
import { findings, minimalInput, settingsOf, wordsOfTheLibrary } from "../../support/settings.ts";

/** A stack's input with secrets, and places to write them to. */
function input(secrets: unknown, secretBackends?: unknown): Record<string, unknown> {
  return { ...minimalInput(), secrets, ...(secretBackends === undefined ? {} : { secretBackends }) };
}

const path =
  "a path below the mount such as app/database: at most 56 lower-case letters, digits, single hyphens and slashes";
const region = "the name of a region, which is that of its stack";
const flag = "true or false";
const oneOrOther = "either home or writers, not both and not neither";
const length = "a whole number from 16 to 128";
const home = { home: "hub" };
const tls = { ...home, type: "kubernetes.io/tls" };
const basicAuth = { ...home, type: "kubernetes.io/basic-auth" };
const both = { writers: ["hub", "edge"] };

describe("A shared secret's settings", () => {
  test("have defaults for all but who writes it", async () => {
    const { secrets } = await settingsOf(input({ "app/database": { home: "hub", generated: {} } }));
    assert.deepEqual(secrets, {
      "app/database": {
        home: "hub",
        type: "Opaque",
        generated: { key: "password", length: 32, special: true, version: 1, plain: {} },
        overwrite: true,
        refreshInterval: "1m",
        backends: [],
      },
    });
  });

  test("are none by default, and neither are backends", async () => {
    const { secrets, secretBackends } = await settingsOf();
    assert.deepEqual([secrets, secretBackends], [{}, {}]);
  });

  for (const name of ["a", "app/database", "0/1-2/c-3", "a".repeat(56)]) {
    test(`may be of the path ${name}`, async () => {
      assert.deepEqual(await findings(input({ [name]: home })), []);
    });
  }

  // A dot, a capital or a double hyphen would give two paths one name in Kubernetes or in a backend.
  for (const name of ["", "/a", "a/", "a//b", "A", "a.b", "a--b", "a_b", "-a", "a-", "a*", "a".repeat(57)]) {
    test(`may not be of the path ${name || "that is empty"}`, async () => {
      const found = await sharedSecretsSchema.safeParseAsync({ [name]: home });
      const [issue] = found.error?.issues ?? [];
      assert.equal(issue?.code, "invalid_key");
      assert.equal(issue.issues[0]?.message, path);
    });
  }

  const refusals: readonly (readonly [title: string, secret: unknown, finding: string])[] = [
    ["text", "hub", ": { home } or { writers }, and what else Pulumi.hub.yaml explains"],
    ["nobody who writes it", {}, `: ${oneOrOther}`],
    ["a home and writers", { ...home, ...both }, `: ${oneOrOther}`],
    ["a home that is no stack's name", { home: "Hub 1" }, `.home: ${region}`],
    ["one writer", { writers: ["hub"] }, ".writers: at least two regions; one alone is the home"],
    ["a writer twice", { writers: ["hub", "hub"] }, ".writers: a list that names each region once"],
    ["writers as text", { writers: "hub" }, ".writers: a list of regions"],
    ["regions as text", { ...home, regions: "edge" }, ".regions: a list of regions"],
    [
      "an unknown type",
      { ...home, type: "tls" },
      ".type: Opaque, kubernetes.io/tls, kubernetes.io/basic-auth",
    ],
    ["an overwrite that is neither", { ...home, overwrite: "no" }, `.overwrite: ${flag}`],
    [
      "an interval without a unit",
      { ...home, refreshInterval: 60 },
      ".refreshInterval: a whole number with a unit, such as 90s, 20m or 24h",
    ],
    ["backends as text", { ...home, backends: "aws" }, ".backends: a list of names under secretBackends"],
    [
      "generated as a flag",
      { ...home, generated: true },
      ".generated: { key, length, special, version, plain }, or {} for all defaults",
    ],
    ["a short value", { ...home, generated: { length: 15 } }, `.generated.length: ${length}`],
    ["a long value", { ...home, generated: { length: 129 } }, `.generated.length: ${length}`],
    [
      "a version that is none",
      { ...home, generated: { version: 0 } },
      ".generated.version: a whole number from 1 to 1000000",
    ],
    ["special characters as text", { ...home, generated: { special: "!" } }, `.generated.special: ${flag}`],
    [
      "a key that Kubernetes refuses",
      { ...home, generated: { key: "pass word" } },
      ".generated.key: a key of 1 to 100 letters, digits, dots, hyphens and underscores",
    ],
    [
      "a plain value that is no text",
      { ...home, generated: { plain: { port: 5432 } } },
      ".generated.plain.port: a string that is no secret, such as a user's name",
    ],
    [
      "a generated value of several writers",
      { ...both, generated: {} },
      ".generated: a home, as only one region can generate a value",
    ],
    [
      "a generated certificate",
      { ...tls, generated: {} },
      ".generated: another type: a certificate is no random value; enter it, or let cert-manager make it",
    ],
    [
      "a generated password without its user",
      { ...basicAuth, generated: {} },
      ".generated: all keys of the type: username and password, one generated and the other plain",
    ],
    [
      "another generated value that is not to overwrite the first",
      { ...home, generated: { version: 2 }, overwrite: false },
      ".overwrite: true with a generated version above 1: no Vault would take the new value",
    ],
    [
      "several writers that do not overwrite",
      { ...both, overwrite: false },
      ".overwrite: true with several writers: each of them overwrites its own part only",
    ],
    [
      "a backend of several writers",
      { ...both, backends: ["aws"] },
      ".backends: none with several writers, as all of them would write one place there",
    ],
  ];
  for (const [title, secret, finding] of refusals) {
    test(`may not have ${title}`, async () => {
      assert.deepEqual(await findings(input({ "app/database": secret })), [`secrets.app/database${finding}`]);
    });
  }

  test("may generate the password of a user that they name", async () => {
    const secret = { ...basicAuth, generated: { plain: { username: "app" } } };
    assert.deepEqual(await findings(input({ "app/database": secret })), []);
  });
});

const aws = { type: "aws", region: "us-east-1" };
const gcp = { type: "gcp", projectId: "example-project" };
const azure = {
  type: "azure",
  vaultUrl: "https://example.vault.azure.net",
  tenantId: "00000000-0000-0000-0000-000000000000",
  credentials: "azure",
};
const hcp = { type: "hcp-vault", address: "https://example.hashicorp.cloud:8200", credentials: "hcp" };

describe("A secret backend's settings", () => {
  test("take each kind of backend with the least that it needs", async () => {
    const { secretBackends } = await settingsOf(input({}, { aws, gcp, azure, hcp }));
    assert.deepEqual(secretBackends, {
      aws,
      gcp,
      azure,
      hcp: { ...hcp, namespace: "admin", mount: "secret" },
    });
  });

  const credentials = "the name of a Kubernetes Secret in the namespace external-secrets";
  const refusals: readonly (readonly [title: string, backend: unknown, finding: string])[] = [
    ["text", "aws", ": aws, gcp, azure or hcp-vault"],
    ["an unknown type", { type: "s3" }, ".type: aws, gcp, azure or hcp-vault"],
    ["no region of AWS", { type: "aws" }, ".region: a region of AWS, such as us-east-1"],
    ["a role that is no ARN", { ...aws, role: "secrets" }, ".role: the ARN of a role"],
    [
      "a key in place of its Secret's name",
      { ...aws, credentials: "AKIA/x" },
      `.credentials: ${credentials}`,
    ],
    ["no project", { type: "gcp" }, ".projectId: the id of a Google Cloud project"],
    [
      "an unknown location",
      { ...gcp, location: "EU" },
      ".location: a location of Google Cloud, such as us-east1",
    ],
    [
      "a Key Vault without encryption",
      { ...azure, vaultUrl: "http://example.vault.azure.net" },
      ".vaultUrl: the https:// address of a Key Vault without a trailing slash",
    ],
    ["a tenant by its name", { ...azure, tenantId: "example" }, ".tenantId: the id of a tenant"],
    ["no credentials of Azure", { ...azure, credentials: undefined }, `.credentials: ${credentials}`],
    [
      "an address with a trailing slash",
      { ...hcp, address: "https://example.hashicorp.cloud:8200/" },
      ".address: an https:// address without a trailing slash",
    ],
    ["an empty namespace", { ...hcp, namespace: "" }, ".namespace: a namespace of Vault"],
    ["a mount with a slash", { ...hcp, mount: "a/b" }, ".mount: the path of a KV version 2 mount"],
    ["no credentials of HCP", { ...hcp, credentials: undefined }, `.credentials: ${credentials}`],
  ];
  for (const [title, backend, finding] of refusals) {
    test(`may not have ${title}`, async () => {
      assert.deepEqual(await findings(input({}, { place: backend })), [`secretBackends.place${finding}`]);
    });
  }
});

describe("The schemas of secrets and of backends", () => {
  test("refuse properties that nobody knows", async () => {
    const found = await findings(
      input({ "app/database": { ...home, value: "x" } }, { place: { ...aws, secretAccessKey: "x" } }),
    );
    assert.deepEqual(
      found.map((finding) => finding.split(":")[0]),
      ["secrets.app/database", "secretBackends.place"],
    );
  });

  test("say nothing in the words of their own library, whatever stands anywhere", async () => {
    const secrets = propertiesOf(sharedSecretsSchema).map((property) => `secrets${step(property)}`);
    const places = propertiesOf(secretBackendsSchema).map((property) => `secretBackends${step(property)}`);
    assert.ok(secrets.includes("secrets.app.generated.plain.app"));
    assert.ok(places.includes("secretBackends.app.vaultUrl"));
    assert.deepEqual(await wordsOfTheLibrary(["secrets", "secretBackends", ...secrets, ...places]), []);
  });
});

/** A real place for a property of a map or a list. */
function step(property: string): string {
  return property
    .replaceAll("*", "app")
    .replaceAll("[]", "[0]")
    .replace(/^(?!\.)/, ".");
}
