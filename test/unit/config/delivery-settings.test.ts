import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { deliverySchema } from "../../../config/delivery-settings.ts";
import { settingsSchema } from "../../../config/settings.ts";
import { propertiesOf } from "../../support/schema.ts";
import { findings, inputWith, minimalInput, settingsOf, wordsOfTheLibrary } from "../../support/settings.ts";

/** What a table expects of a value that the schema refuses: property, value, what is allowed. */
type Refusal = readonly [property: string, value: unknown, allowed: string];

const whole = "{ replicas, storeNamespaces, existingNamespaces, syncedSecrets }";
const replicas = "a whole number from 1 to 5";
const namespace = "the name of a Kubernetes namespace";
const objectName = "the name of a Kubernetes object";
const path = "a path below the mount, such as otel/client";
const kinds = "Deployment, StatefulSet or DaemonSet";
const words = "a string; numbers and booleans in quotes";
const secret = "delivery.syncedSecrets.ca";

const refusals: readonly Refusal[] = [
  ["delivery", "yes", whole],
  ["delivery", null, whole],
  ["delivery.replicas", 0, replicas],
  ["delivery.replicas", 6, replicas],
  ["delivery.replicas", "2", replicas],
  ["delivery.storeNamespaces", "payments", "a list of namespaces"],
  ["delivery.storeNamespaces[0]", "Payments", namespace],
  ["delivery.existingNamespaces", {}, "a list of namespaces"],
  ["delivery.existingNamespaces[0]", "", namespace],
  ["delivery.syncedSecrets", ["ca"], "synced secrets by name"],
  [secret, "otel/client", "an object with namespace, path and destination"],
  [`${secret}.namespace`, undefined, namespace],
  [`${secret}.namespace`, "x".repeat(64), namespace],
  [`${secret}.path`, undefined, path],
  [`${secret}.path`, "otel/*", path],
  [`${secret}.path`, "/otel", path],
  [`${secret}.path`, "secret/data/../otel", path],
  [`${secret}.destination`, undefined, objectName],
  [`${secret}.destination`, "Client_CA", objectName],
  [`${secret}.type`, "", "a type of Secret, such as Opaque or kubernetes.io/tls"],
  [`${secret}.labels`, "app", "labels by name"],
  [`${secret}.labels.app`, 5, words],
  [`${secret}.annotations`, ["app"], "annotations by name"],
  [`${secret}.annotations.owner`, true, words],
  [`${secret}.refreshAfter`, "1h30m", "a whole number with a unit, such as 90s, 20m or 24h"],
  [`${secret}.restart`, "gateway", "a list of { kind, name }"],
  [`${secret}.restart[0]`, "gateway", "{ kind, name }"],
  [`${secret}.restart[0].kind`, "Job", kinds],
  [`${secret}.restart[0].name`, "Gateway", objectName],
];

function dotted(property: string): string {
  return property.replaceAll(/\[(\d+)\]/g, ".$1");
}

/** An input whose namespace `otel` may read some paths, with settings of delivery. */
function inputOf(delivery: object, consumers: object = { otel: ["otel/client", "otel/tls/*"] }): unknown {
  const { vault, ...input } = minimalInput();
  return { ...input, vault: { ...(vault as object), consumers }, delivery };
}

function synced(changes: object): unknown {
  const ca = { namespace: "otel", path: "otel/client", destination: "client-ca", ...changes };
  return inputOf({ syncedSecrets: { ca } });
}

describe("The schema of the delivery", () => {
  for (const [property, value, allowed] of refusals) {
    test(`refuses ${property} = ${JSON.stringify(value)}`, async () => {
      const found = await findings(inputWith(property, value));
      assert.ok(found.includes(`${dotted(property)}: ${allowed}`), found.join("\n"));
    });
  }

  test("has a wrong value in the table above for each of its properties", () => {
    const tried = new Set(
      refusals.map(([property]) =>
        property
          .replace("syncedSecrets.ca", "syncedSecrets.*")
          .replace("labels.app", "labels.*")
          .replace("annotations.owner", "annotations.*")
          .replaceAll(/\[\d+\]/g, "[]"),
      ),
    );
    const properties = propertiesOf(deliverySchema, "delivery");
    assert.ok(properties.includes("delivery.syncedSecrets.*.restart[].kind"));
    assert.deepEqual(
      properties.filter((property) => !tried.has(property)),
      [],
    );
  });

  test("says nothing in the words of its own library, whatever stands anywhere", async () => {
    assert.deepEqual(await wordsOfTheLibrary(refusals.map(([property]) => property)), []);
  });

  test("refuses a synced secret with a name that can't be one", async () => {
    const parsed = await settingsSchema.safeParseAsync(inputWith("delivery.syncedSecrets.Client_CA", {}));
    const names = parsed.error?.issues.filter(({ code }) => code === "invalid_key");
    assert.deepEqual(
      names?.map((issue) => issue.path.join(".")),
      ["delivery.syncedSecrets.Client_CA"],
    );
  });

  for (const property of ["delivery.replica", `${secret}.secretName`, `${secret}.restart[0].namespace`]) {
    test(`refuses ${property}, which does not exist`, async () => {
      const parsed = await settingsSchema.safeParseAsync(inputWith(property, "x"));
      const unknown = (parsed.error?.issues ?? []).flatMap((issue) =>
        issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key].join(".")) : [],
      );
      assert.deepEqual(unknown, [dotted(property)]);
    });
  }

  test("fills in exactly these defaults of a synced secret", async () => {
    const { delivery } = await settingsOf(synced({}) as Record<string, unknown>);
    assert.deepEqual(delivery?.syncedSecrets.ca, {
      namespace: "otel",
      path: "otel/client",
      destination: "client-ca",
      type: "Opaque",
      labels: {},
      annotations: {},
      refreshAfter: "30s",
      restart: [],
    });
  });
});

describe("The delivery", () => {
  test("is there wherever there is a Vault, and nowhere else", async () => {
    const defaults = { replicas: 2, storeNamespaces: [], existingNamespaces: [], syncedSecrets: {} };
    assert.deepEqual((await settingsOf()).delivery, defaults);
    assert.equal((await settingsOf(inputWith("vault", undefined))).delivery, undefined);
  });

  test("is refused without a Vault", async () => {
    assert.deepEqual(await findings({ ...minimalInput(), vault: undefined, delivery: {} }), [
      "delivery: nothing without vault: there are no secrets to deliver",
    ]);
  });

  for (const readable of ["otel/client", "otel/tls/hub", "otel/tls/hub/key"]) {
    test(`syncs ${readable}, which the namespace may read`, async () => {
      assert.deepEqual(await findings(synced({ path: readable })), []);
    });
  }

  for (const unreadable of ["otel", "otel/client/key", "otel/clients", "otel/tls", "payments/key"]) {
    test(`refuses to sync ${unreadable}, which the namespace may not read`, async () => {
      assert.deepEqual(await findings(synced({ path: unreadable })), [
        "delivery.syncedSecrets.ca.path: a path that vault.consumers.otel lets it read: otel/client, otel/tls/*",
      ]);
    });
  }

  test("refuses to sync into a namespace that reads nothing", async () => {
    assert.deepEqual(await findings(synced({ namespace: "payments" })), [
      "delivery.syncedSecrets.ca.namespace: a namespace that vault.consumers lets read secrets",
    ]);
  });

  test("refuses to expect a namespace that reads nothing, as nobody would make or miss it", async () => {
    assert.deepEqual(await findings(inputOf({ existingNamespaces: ["otel", "payments"] })), [
      "delivery.existingNamespaces.1: a namespace that vault.consumers lets read secrets",
    ]);
  });

  for (const own of [
    "cert-manager",
    "external-secrets",
    "secret-sources",
    "vault",
    "vault-secrets-operator",
  ]) {
    test(`refuses ${own} as a namespace that reads secrets, as it belongs to a part of the region`, async () => {
      assert.deepEqual(await findings(inputOf({}, { [own]: ["otel/client"] })), [
        `vault.consumers.${own}: a namespace of workloads; those of the region's own parts are ` +
          "cert-manager, external-secrets, secret-sources, vault, vault-secrets-operator",
      ]);
    });
  }
});
