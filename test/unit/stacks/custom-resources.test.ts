import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { customResources, judge, type CustomResource } from "../../support/custom-resources.ts";
import { everything, recordEverything } from "../../support/everything.ts";

const external = {
  vault: {
    ...everything.vault,
    mode: "external",
    address: "https://vault.example.test:8200",
    operators: undefined,
    threshold: undefined,
    seal: undefined,
  },
};

/** A Vault in a namespace, beside which there can be no peers. */
const inNamespace = {
  vault: { ...external.vault, namespace: "admin" },
  peers: {},
  secrets: { "app/database": { home: "hub", generated: {} } },
};

const groups = [
  "cert-manager.io",
  "external-secrets.io",
  "generators.external-secrets.io",
  "secrets.hashicorp.com",
];

/** A store that every judge accepts, for tests of the judges. */
const store: CustomResource = {
  kind: "external-secrets.io/v1 ClusterSecretStore",
  name: "store",
  object: {
    apiVersion: "external-secrets.io/v1",
    kind: "ClusterSecretStore",
    metadata: { name: "store" },
    spec: {
      provider: {
        vault: {
          server: "https://vault.example.test:8200",
          auth: { tokenSecretRef: { name: "token", key: "token", namespace: "external-secrets" } },
        },
      },
    },
  },
};

function storeWith(spec: object): CustomResource {
  return { ...store, object: { ...store.object, spec: { ...(store.object.spec as object), ...spec } } };
}

for (const [title, changes, expected] of [
  ["Vault servers of its own", {}, groups],
  ["a Vault that exists", external, groups],
  ["a Vault in a namespace", inNamespace, groups.filter((group) => !group.startsWith("generators"))],
] as const) {
  describe(`The custom resources of a region with ${title}`, () => {
    let resources: CustomResource[];

    before(async () => {
      resources = customResources(await recordEverything("hub", false, changes));
    });

    test("are there for each operator", () => {
      const found = new Set(resources.map(({ kind }) => kind.split("/")[0]));
      assert.deepEqual([...found].sort(), expected);
    });

    test("are of a kind and an API version that some version of an operator serves", () => {
      const strangers = resources.filter((resource) => judge(resource).judges === 0);
      assert.deepEqual(strangers, []);
    });

    test("are valid for every version of its operator, without a field that one of them does not know", () => {
      const findings = resources.flatMap((resource) =>
        judge(resource).findings.map((finding) => `${resource.kind} ${resource.name}: ${finding}`),
      );
      assert.deepEqual(findings, []);
    });
  });
}

describe("The judges of custom resources", () => {
  test("have three opinions on a store, all good", () => {
    assert.deepEqual(judge(store), { judges: 3, findings: [] });
  });

  for (const [title, spec] of [
    ["a field that does not exist", { retries: 3 }],
    [
      "a field that does not exist deep inside",
      { conditions: [{ namespaces: ["otel"], namespace: "otel" }] },
    ],
    ["a value of the wrong type", { refreshInterval: "1m" }],
    ["a missing field", { provider: { vault: { auth: {} } } }],
  ] as const) {
    test(`all refuse ${title}`, () => {
      const { findings } = judge(storeWith(spec));
      for (const version of ["0.20.4", "1.3.2", "of npm"]) {
        assert.ok(
          findings.some((finding) => finding.startsWith(`external-secrets ${version}: `)),
          `${version} accepts it; findings are: ${findings.join("\n")}`,
        );
      }
    });
  }

  test("know no version that is no longer served", () => {
    const outdated = { ...store, kind: "external-secrets.io/v1beta1 ClusterSecretStore" };
    assert.equal(judge(outdated).judges, 0);
  });
});
