import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { resolveCharts } from "../../../../components/helm/charts.ts";
import { settingsOf, minimalInput } from "../../../support/settings.ts";

const publisher = "https://charts.jetstack.io";
const mirror = "https://charts.example.com";
const own = "https://own.example.com";

describe("cert-manager's chart", () => {
  for (const [title, charts, expected] of [
    [
      "comes from its publisher",
      {},
      { chart: "cert-manager", version: "v1.21.2", repository: publisher, values: {} },
    ],
    [
      "comes from the mirror if there is one",
      { mirror },
      { chart: "cert-manager", version: "v1.21.2", repository: mirror, values: {} },
    ],
    [
      "comes from its own repository rather than from the mirror",
      { mirror, certManager: { repository: own } },
      { chart: "cert-manager", version: "v1.21.2", repository: own, values: {} },
    ],
    [
      "has the version and the values that the stack gives, from where it would come anyway",
      { certManager: { version: "v1.20.0", values: { prometheus: { enabled: false } } } },
      {
        chart: "cert-manager",
        version: "v1.20.0",
        repository: publisher,
        values: { prometheus: { enabled: false } },
      },
    ],
    [
      "is named by its whole address, without a repository, if the mirror is an OCI registry",
      { mirror: "oci://registry.example.com/charts" },
      { chart: "oci://registry.example.com/charts/cert-manager", version: "v1.21.2", values: {} },
    ],
    [
      "has one slash in its address, however many end the registry's",
      { mirror: "oci://registry.example.com/charts//" },
      { chart: "oci://registry.example.com/charts/cert-manager", version: "v1.21.2", values: {} },
    ],
    [
      "comes from its own OCI registry although the mirror is none",
      { mirror, certManager: { repository: "oci://own.example.com" } },
      { chart: "oci://own.example.com/cert-manager", version: "v1.21.2", values: {} },
    ],
    [
      "comes from its own repository although the mirror is an OCI registry",
      { mirror: "oci://registry.example.com", certManager: { repository: own } },
      { chart: "cert-manager", version: "v1.21.2", repository: own, values: {} },
    ],
  ] as const) {
    test(title, async () => {
      const settings = await settingsOf({ ...minimalInput(), charts });
      assert.deepEqual(resolveCharts(settings.charts).certManager, expected);
    });
  }
});

describe("The operators' charts", () => {
  for (const [key, chart, version, repository] of [
    ["vaultSecretsOperator", "vault-secrets-operator", "1.4.1", "https://helm.releases.hashicorp.com"],
    ["externalSecrets", "external-secrets", "2.9.0", "https://charts.external-secrets.io"],
  ] as const) {
    test(`come from their publisher, or in the version and from where the stack says: ${chart}`, async () => {
      const resolved = async (charts: object): Promise<unknown> =>
        resolveCharts((await settingsOf({ ...minimalInput(), charts })).charts)[key];
      assert.deepEqual(await resolved({}), { chart, version, repository, values: {} });
      assert.deepEqual(await resolved({ mirror, [key]: { version: "0.10.0", values: { a: 1 } } }), {
        chart,
        version: "0.10.0",
        repository: mirror,
        values: { a: 1 },
      });
    });
  }
});
