import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";

import { generateKey, readPrivateKey, reformatKey } from "openpgp";

import { explain } from "../../../config/problem.ts";
import { settingsSchema } from "../../../config/settings.ts";
import { vaultSchema } from "../../../config/vault-settings.ts";
import { operators } from "../../support/operators.ts";
import { startRuntime } from "../../support/runtime.ts";
import { propertiesOf } from "../../support/schema.ts";
import { findings, inputWith, minimalInput, settingsOf, wordsOfTheLibrary } from "../../support/settings.ts";

/** What a table expects of a value that the schema refuses: property, value, what is allowed. */
type Refusal = readonly [property: string, value: unknown, allowed: string];

const whole = "an object with operators and threshold";
const publicKey =
  "an armoured PGP public key with an encryption subkey, neither expired nor revoked (gpg --armor --export <address>)";
const duration = "a whole number with a unit, such as 90s, 20m or 24h";
const size = "a whole number from 10 to 10000";
const shares = "a whole number from 1 to 10";
const servers = "3 or 5: a majority must survive the loss of one";
const sealType = "shamir, transit, awskms, gcpckms, azurekeyvault or ocikms";
const secretPath = "a path below the mount such as otel/client, or otel/* for all below otel";
const operator = { name: "dora", publicKey: operators[0]?.publicKey };

const refusals: readonly Refusal[] = [
  ["vault", null, whole],
  ["vault", "here", whole],
  ["vault", [], whole],
  ["vault.operators", undefined, "a list of { name, publicKey }, one for each key share"],
  ["vault.operators", "alice", "a list of { name, publicKey }, one for each key share"],
  ["vault.operators", [], "at least one operator: only operators can unseal Vault after a restart"],
  ["vault.operators", Array.from({ length: 11 }, () => operator), "at most 10 operators"],
  ["vault.operators[0]", "alice", "{ name, publicKey }"],
  ["vault.operators[0].name", undefined, "the operator's name"],
  ["vault.operators[0].name", "", "the operator's name"],
  ["vault.operators[0].name", " alice", "the operator's name"],
  ["vault.operators[1].publicKey", undefined, publicKey],
  ["vault.operators[1].publicKey", 5, publicKey],
  ["vault.operators[1].publicKey", "alice@example.test", publicKey],
  ["vault.threshold", undefined, shares],
  ["vault.threshold", 0, shares],
  ["vault.threshold", 11, shares],
  ["vault.threshold", "2", shares],
  ["vault.replicas", 1, servers],
  ["vault.replicas", 4, servers],
  ["vault.replicas", "3", servers],
  ["vault.storage", "10Gi", "{ dataGiB, auditGiB, storageClass }"],
  ["vault.storage.dataGiB", 9, size],
  ["vault.storage.dataGiB", "10Gi", size],
  ["vault.storage.auditGiB", 10_001, size],
  ["vault.storage.storageClass", "", "the name of a storage class"],
  ["vault.image", "hashicorp/vault:1.21.0", "{ repository, tag }"],
  ["vault.image.repository", "", "the name of an image"],
  ["vault.image.tag", "latest", "an exact version of Vault"],
  ["vault.image.tag", 1.21, "an exact version of Vault"],
  ["vault.accessControl", true, "{ ipv4, ipv6 }, each a list; leave accessControl out to let everybody in"],
  ["vault.accessControl.ipv4", "10.0.0.0/8", "a list of IPv4 addresses and ranges"],
  ["vault.accessControl.ipv6", "::1", "a list of IPv6 addresses and ranges"],
  ["vault.accessControl.ipv6[0]", "10.0.0.1", "an IPv6 address or range, such as 2001:db8::/32"],
  ["vault.accessControl.ipv4[0]", "everybody", "an IPv4 address or range, such as 203.0.113.0/24"],
  ["vault.certificateLifetime", "90d", duration],
  ["vault.certificateLifetime", "59m", "at least 1h, the least that cert-manager issues"],
  ["vault.bootstrapTimeout", 600, duration],
  ["vault.seal", "awskms", "{ type, parameters, credentials }"],
  ["vault.seal.type", undefined, sealType],
  ["vault.seal.type", "pkcs11", sealType],
  ["vault.seal.parameters", ["region"], "parameters by name"],
  ["vault.seal.parameters.region", 5, "a string; credentials belong into a Secret"],
  ["vault.seal.credentials", "vault-seal", "{ secretName, variables, files }"],
  ["vault.seal.credentials.secretName", "Vault Seal", "the name of a Kubernetes Secret"],
  ["vault.seal.credentials.variables", "VAULT_TOKEN", "a list of variables"],
  ["vault.seal.credentials.variables[0]", "vault-token", "an environment variable of Vault"],
  ["vault.seal.credentials.files", "ca.pem", "a list of files"],
  ["vault.seal.credentials.files[0]", "../ca.pem", "a key of the Secret"],
  ["vault.seal.acceptDependencyOnPeer", "yes", "true or false"],
  ["vault.consumers", ["otel"], "paths by the namespace that reads them"],
  ["vault.consumers.otel", "otel/client", "the paths that the namespace reads"],
  ["vault.consumers.otel", [], "at least one path"],
  ...["/otel", "otel/", "*", "otel/*/tls", "otel*", "otel/+", "../sys", ""].map((path): Refusal => [
    "vault.consumers.otel[0]",
    path,
    secretPath,
  ]),
  ...["peer-tokens", "peer-tokens/hub", "peer-tokens/*"].map((path): Refusal => [
    "vault.consumers.otel[0]",
    path,
    "a path that does not begin with peer-tokens: the tokens of peers are there",
  ]),
  ["vault.mode", "dev", "server or external"],
  ["vault.mode", 5, "server or external"],
];

const externalRefusals: readonly Refusal[] = [
  ["vault.address", undefined, "an https:// address without a trailing slash"],
  ["vault.address", "http://vault.example.test", "an https:// address without a trailing slash"],
  ["vault.address", "https://vault.example.test/", "an https:// address without a trailing slash"],
  ["vault.caBundle", "/etc/ssl/ca.pem", "CA certificates (PEM)"],
  ["vault.namespace", "two words", "a Vault namespace, such as admin"],
];

const address = "https://vault.example.test:8200";

/** An input whose Vault exists already, with one of its members put in place. */
function externalWith(property: string, value: unknown): Record<string, unknown> {
  return {
    ...minimalInput(),
    vault: { mode: "external", address, [property.replace("vault.", "")]: value },
  };
}

function dotted(property: string): string {
  return property.replaceAll(/\[(\d+)\]/g, ".$1");
}

describe("The schema of Vault", () => {
  for (const [property, value, allowed] of refusals) {
    test(`refuses ${property} = ${inspect(value).slice(0, 40)}`, async () => {
      const found = await findings(inputWith(property, value));
      assert.ok(found.includes(`${dotted(property)}: ${allowed}`), found.join("\n"));
    });
  }

  for (const [property, value, allowed] of externalRefusals) {
    test(`refuses ${property} = ${JSON.stringify(value)} of a Vault that exists`, async () => {
      assert.deepEqual(await findings(externalWith(property, value)), [`${property}: ${allowed}`]);
    });
  }

  test("has a wrong value in the tables above for each of its properties", () => {
    const tried = new Set(
      [...refusals, ...externalRefusals].map(([property]) =>
        property
          .replace("parameters.region", "parameters.*")
          .replace("consumers.otel", "consumers.*")
          .replaceAll(/\[\d+\]/g, "[]"),
      ),
    );
    const properties = propertiesOf(vaultSchema, "vault");
    assert.ok(properties.includes("vault.seal.credentials.variables[]"));
    assert.ok(properties.includes("vault.caBundle"));
    assert.deepEqual(
      properties.filter((property) => !tried.has(property)),
      [],
    );
  });

  test("says nothing in the words of its own library, whatever stands anywhere", async () => {
    assert.deepEqual(await wordsOfTheLibrary(refusals.map(([property]) => property)), []);
  });

  for (const [title, path] of [
    ["a namespace", "vault.consumers.Otel_1"],
    ["a parameter of the seal", "vault.seal.parameters.Region"],
    ["a parameter of the seal that is a credential", "vault.seal.parameters.token"],
  ] as const) {
    test(`refuses ${title} with a name that can't be one`, async () => {
      const parsed = await settingsSchema.safeParseAsync(inputWith(path, "x"));
      const names = parsed.error?.issues.filter(({ code }) => code === "invalid_key");
      assert.deepEqual(
        names?.map((issue) => issue.path.join(".")),
        [path],
      );
    });
  }

  for (const property of [
    "vault.replica",
    "vault.address",
    "vault.caBundle",
    "vault.namespace",
    "vault.operators[0].email",
    "vault.storage.size",
    "vault.image.pullPolicy",
    "vault.seal.region",
    "vault.seal.credentials.namespace",
  ]) {
    test(`refuses ${property}, which does not exist of servers of one's own`, async () => {
      const parsed = await settingsSchema.safeParseAsync(inputWith(property, "x"));
      const unknown = (parsed.error?.issues ?? []).flatMap((issue) =>
        issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key].join(".")) : [],
      );
      assert.deepEqual(unknown, [dotted(property)]);
    });
  }
});

describe("The operators", () => {
  test("have a PGP key each: one key twice is refused by both names, however long it lasts", async () => {
    const { privateKey, publicKey: shorter } = await generateKey({ userIDs: [{ name: "erin" }] });
    const longer = await reformatKey({
      privateKey: await readPrivateKey({ armoredKey: privateKey }),
      userIDs: [{ name: "erin" }],
      keyExpirationTime: 1_000_000,
    });
    const [alice] = operators;
    const vault = {
      operators: [
        { name: "erin", publicKey: shorter },
        alice,
        { name: "frank", publicKey: longer.publicKey },
      ],
      threshold: 2,
    };
    assert.deepEqual(await findings({ ...minimalInput(), vault }), [
      "vault.operators.2.publicKey: a PGP key of frank's own, as each key gets one share: this one is also that of erin",
    ]);
  });
});

describe("The threshold", () => {
  for (const [count, threshold, found] of [
    [1, 1, []],
    [2, 2, []],
    [3, 2, []],
    [3, 3, []],
    [1, 2, ["vault.threshold: a threshold that is not larger than the number of operators"]],
    [3, 4, ["vault.threshold: a threshold that is not larger than the number of operators"]],
    [
      2,
      1,
      [
        "vault.threshold: a threshold of at least 2 where there are several operators, which Vault insists on",
      ],
    ],
  ] as const) {
    test(`${found.length === 0 ? "may" : "may not"} be ${threshold} with ${count} operators`, async () => {
      const vault = { operators: operators.slice(0, count), threshold };
      assert.deepEqual(await findings({ ...minimalInput(), vault }), found);
    });
  }
});

describe("The life of Vault's certificate", () => {
  const withLives = (certificateLifetime: string, rootLifetime: string) =>
    findings({
      ...inputWith("vault.certificateLifetime", certificateLifetime),
      certManager: { rootLifetime },
    });

  test("is at least an hour, as cert-manager issues nothing shorter", async () => {
    assert.deepEqual(await withLives("1h", "87600h"), []);
    assert.deepEqual(await withLives("3599s", "87600h"), [
      "vault.certificateLifetime: at least 1h, the least that cert-manager issues",
    ]);
  });

  test("is at most half of the root's, which may have no more than a third of its own left", async () => {
    assert.deepEqual(await withLives("5000h", "10000h"), []);
    assert.deepEqual(await withLives("300001m", "10000h"), [
      "vault.certificateLifetime: at most half of certManager.rootLifetime, which is 10000h, " +
        "so that each certificate is renewed before the root that came with it ends",
    ]);
  });
});

describe("The seal", () => {
  test("has no parameters where operators open Vault", async () => {
    assert.deepEqual(
      await findings(inputWith("vault.seal", { type: "shamir", parameters: { region: "us-east-1" } })),
      ["vault.seal.parameters: no parameters: the key shares of shamir are with the operators"],
    );
  });

  test("may be a peer's transit key only where that is admitted", async () => {
    const transit = { type: "transit", parameters: { address: "https://hub.example.test:8200" } };
    assert.deepEqual(await findings(inputWith("vault.seal", transit)), [
      "vault.seal.acceptDependencyOnPeer: true with transit, " +
        "as a sealed Vault then stays down as long as the Vault that holds its key",
    ]);
    assert.deepEqual(
      await findings(inputWith("vault.seal", { ...transit, acceptDependencyOnPeer: true })),
      [],
    );
  });

  test("takes something of the Secret with its credentials", async () => {
    const seal = { type: "awskms", credentials: { secretName: "vault-seal" } };
    assert.deepEqual(await findings(inputWith("vault.seal", seal)), [
      "vault.seal.credentials.variables: at least one variable or file",
    ]);
  });

  test("takes credentials as the path of a file of the Secret, never themselves", async () => {
    const withParameter = (credentials: string) =>
      findings(inputWith("vault.seal", { type: "gcpckms", parameters: { credentials } }));
    assert.deepEqual(await withParameter("/vault/userconfig/vault-seal/gcp.json"), []);
    assert.deepEqual(await withParameter('{"private_key":"x"}'), [
      "vault.seal.parameters: no credentials but the path of one of seal.credentials.files, " +
        "/vault/userconfig/<secretName>/<file>",
    ]);
  });

  for (const type of ["awskms", "gcpckms", "azurekeyvault", "ocikms"]) {
    test(`may be ${type}, with its parameters and credentials`, async () => {
      const seal = {
        type,
        parameters: { key_id: "a-key" },
        credentials: { secretName: "vault-seal", variables: ["TF_VAR_user_ocid"], files: ["key.pem"] },
      };
      const { vault } = await settingsOf(inputWith("vault.seal", seal));
      assert.ok(vault?.mode === "server");
      assert.deepEqual(vault.seal, { ...seal, acceptDependencyOnPeer: false });
    });
  }
});

test("A consumer may read a path that only looks like one of peers' tokens", async () => {
  const paths = ["peer-tokens-of-ours", "otel/peer-tokens", "otel/peer-tokens/*"];
  assert.deepEqual(await findings(inputWith("vault.consumers.otel", paths)), []);
});

test("A region may have no Vault at all", async () => {
  assert.deepEqual(await findings(inputWith("vault", undefined)), []);
});

describe("A Vault that exists", () => {
  test("needs nothing but an address", async () => {
    const { vault } = await settingsOf({ ...minimalInput(), vault: { mode: "external", address } });
    assert.deepEqual(vault, { mode: "external", address, consumers: {} });
  });

  test("may have a CA, a namespace and consumers", async () => {
    const vault = {
      mode: "external",
      address,
      caBundle: "-----BEGIN CERTIFICATE-----\n",
      namespace: "admin",
      consumers: { otel: ["otel/*"] },
    };
    assert.deepEqual((await settingsOf({ ...minimalInput(), vault })).vault, vault);
  });

  for (const property of ["operators", "threshold", "replicas", "seal", "storage", "image"]) {
    test(`has no ${property}, which are those of its owners`, async () => {
      const parsed = await settingsSchema.safeParseAsync(externalWith(property, 3));
      assert.deepEqual(
        parsed.error?.issues.map((issue) => (issue.code === "unrecognized_keys" ? issue.keys : issue)),
        [[property]],
      );
    });
  }
});

/** Makes a key pair that lacks what the tests name. */
function pair(options: object): Promise<{ publicKey: string; privateKey: string }> {
  return generateKey({
    type: "ecc",
    curve: "curve25519Legacy",
    userIDs: [{ name: "dora" }],
    format: "armored",
    ...options,
  });
}

describe("An operator's key", () => {
  const cases = {
    "is refused when it is a private one": async () => ({
      key: (await pair({})).privateKey,
      reason: /^it is a private key, which must not be here$/,
    }),
    "is refused when it has expired": async () => ({
      key: (await pair({ date: new Date("2020-01-01T00:00:00Z"), keyExpirationTime: 60 })).publicKey,
      reason:
        /^Primary key is expired\. Its owner makes it last longer \(gpg --quick-set-expire ([0-9a-f]{40}) 2y && gpg --quick-set-expire \1 2y '\*'\) and exports it again\. It stays the same key, so no re-key is needed$/,
    }),
    "is refused when what encrypts to it has expired": async () => ({
      key: (await pair({ date: new Date("2020-01-01T00:00:00Z"), subkeys: [{ keyExpirationTime: 60 }] }))
        .publicKey,
      reason: /: Subkey is expired\. Its owner makes it last longer \(gpg --quick-set-expire /,
    }),
    "is refused when it can only sign": async () => ({
      key: (await pair({ subkeys: [{ sign: true }] })).publicKey,
      reason: /^Could not find valid encryption key packet in key [0-9a-f]{16}$/,
    }),
    "is refused when it is cut off": () =>
      Promise.resolve({ key: "-----BEGIN PGP PUBLIC KEY BLOCK-----", reason: /./ }),
  };
  for (const [title, make] of Object.entries(cases)) {
    test(`${title}, and is not repeated`, async () => {
      await startRuntime({ stack: "hub", config: {} });
      const { key, reason } = await make();
      const input = inputWith("vault.operators[1].publicKey", key);
      const parsed = await settingsSchema.safeParseAsync(input, { reportInput: true });
      const problems = parsed.error?.issues.flatMap(explain) ?? [];
      assert.equal(problems.length, 1);
      const [problem] = problems;
      assert.equal(problem?.property, "vault-federation:vault.operators[1].publicKey");
      assert.equal(problem.received, '"a PGP key"');
      const [form, ofThisOne = ""] = problem.allowed.split("; of this one: ");
      assert.equal(form, publicKey);
      assert.match(ofThisOne, reason);
    });
  }
});

describe("A problem with Vault's settings", () => {
  for (const [title, path, value, received] of [
    ["the mode", "vault.mode", "dev", '"dev"'],
    ["the threshold", "vault.threshold", 4, "4"],
    ["the certificate's life", "vault.certificateLifetime", "43801h", '"43801h"'],
    ["the dependency on a peer", "vault.seal", { type: "transit" }, "false"],
  ] as const) {
    test(`shows of ${title} just that, not everything around it`, async () => {
      await startRuntime({ stack: "hub", config: {} });
      const parsed = await settingsSchema.safeParseAsync(inputWith(path, value), { reportInput: true });
      assert.deepEqual(
        parsed.error?.issues.flatMap(explain).map((problem) => problem.received),
        [received],
      );
    });
  }
});
