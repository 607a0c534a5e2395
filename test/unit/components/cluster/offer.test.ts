import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { RunError } from "@pulumi/pulumi";

import { verifyOffer } from "../../../../components/cluster/offer.ts";
import { offer } from "../../../support/regions.ts";
import { startRuntime } from "../../../support/runtime.ts";
import { settingsOf } from "../../../support/settings.ts";

const remedy = "Change it with: pulumi config set --path 'vault-federation:cluster.<property>' <value>";
const regions = "LKE offers only: fr-par, us-ord";
const versions = "LKE offers only: 1.35, 1.34, 1.9";

async function verify(region: string, kubernetesVersion: string): Promise<void> {
  await startRuntime({ stack: "hub", config: {}, invokes: offer });
  await verifyOffer({ ...(await settingsOf()).cluster, region, kubernetesVersion });
}

describe("What the configuration wants is compared with what LKE offers, and", () => {
  test("passes if LKE offers both region and version", async () => {
    await assert.doesNotReject(verify("us-ord", "1.35"));
    await assert.doesNotReject(verify("fr-par", "1.9"));
  });

  for (const [title, region, version, lines] of [
    [
      "fails on an unknown region, with the known ones in order",
      "us-nowhere",
      "1.35",
      [`vault-federation:cluster.region is "us-nowhere", but ${regions}`],
    ],
    [
      "fails on a region that has no Kubernetes",
      "us-east",
      "1.35",
      [`vault-federation:cluster.region is "us-east", but ${regions}`],
    ],
    [
      "fails on an unknown version, with the known ones from the newest",
      "us-ord",
      "1.3",
      [`vault-federation:cluster.kubernetesVersion is "1.3", but ${versions}`],
    ],
    [
      "fails on both at once",
      "us-nowhere",
      "1.99",
      [
        `vault-federation:cluster.region is "us-nowhere", but ${regions}`,
        `vault-federation:cluster.kubernetesVersion is "1.99", but ${versions}`,
      ],
    ],
  ] as const) {
    test(title, async () => {
      await assert.rejects(verify(region, version), (error: unknown) => {
        assert.ok(RunError.isInstance(error));
        assert.equal(error.message, [...lines, remedy].join("\n"));
        return true;
      });
    });
  }
});
