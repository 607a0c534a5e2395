import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { certManagerValues } from "../../../../components/certificates/cert-manager-values.ts";

describe("The values of cert-manager's chart", () => {
  test("are these", () => {
    assert.deepEqual(certManagerValues("v1.21.2", 3), {
      crds: { enabled: true },
      replicaCount: 3,
      webhook: { replicaCount: 3 },
      cainjector: { replicaCount: 3 },
      global: { leaderElection: { namespace: "cert-manager" } },
    });
  });

  for (const [version, key] of [
    ["v1.14.7", "installCRDs"],
    ["1.9.0", "installCRDs"],
    ["v1.15.0", "crds"],
    ["1.15.0", "crds"],
    ["v2.0.0", "crds"],
  ] as const) {
    test(`ask chart ${version} for the definitions by ${key} alone`, () => {
      const values = certManagerValues(version, 1);
      const keys = ["crds", "installCRDs"].filter((candidate) => candidate in values);
      assert.deepEqual(keys, [key]);
      assert.deepEqual(values[key], key === "crds" ? { enabled: true } : true);
    });
  }
});
