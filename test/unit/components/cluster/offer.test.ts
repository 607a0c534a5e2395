import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { refuseUnavailable, verifyOffer, verifyPoolOffer } from "../../../../components/cluster/offer.ts";
import { offer } from "../../../support/regions.ts";
import { startRuntime } from "../../../support/runtime.ts";

const remedy =
  "Change it with: pulumi config set --stack hub --path 'vault-federation:cluster.<property>' <value>";
const regions = "LKE offers only: fr-par, us-ord";
const versions = "LKE offers only: 1.35, 1.34, 1.9";

async function verify(
  region: string,
  k8sVersion: string,
  present = {},
  invokes: object = offer,
): Promise<void> {
  await startRuntime({ stack: "hub", config: {}, invokes: { ...invokes } });
  await verifyOffer({ region, k8sVersion }, present);
}

describe("What the configuration wants is compared with what LKE offers, and", () => {
  test("passes if LKE offers both region and version", async () => {
    await assert.doesNotReject(verify("us-ord", "1.35"));
    await assert.doesNotReject(verify("fr-par", "1.9"));
  });

  test("passes a version that is no longer offered if the cluster has it already", async () => {
    await assert.doesNotReject(verify("us-ord", "1.2", { region: "us-ord", k8sVersion: "1.2" }));
    await assert.rejects(verify("us-ord", "1.2", { region: "us-ord", k8sVersion: "1.1" }));
  });

  test("asks nothing if neither region nor version changes", async () => {
    await assert.doesNotReject(verify("xx-a", "1.2", { region: "xx-a", k8sVersion: "1.2" }, {}));
  });

  test("says what to do when the API can't be asked", async () => {
    await assert.rejects(verify("us-ord", "1.35", {}, {}), (error: unknown) => {
      assert.ok(error instanceof Error);
      assert.match(
        error.message,
        /^the Linode API could not be asked what it offers: .*\nIf it refused the token, make one with the access 'Kubernetes: read\/write, Events: read only' and set it/,
      );
      assert.match(
        error.message,
        /with `pulumi config set --secret --stack hub --path 'linode:token'`; if it had trouble of its own, run this again later\. Nothing was changed\.$/,
      );
      return true;
    });
  });

  test(
    "waits two minutes for an API that never answers, and says what to do then",
    { timeout: 20_000 },
    async (context) => {
      const silence = new Promise<never>(() => undefined);
      await startRuntime({
        stack: "hub",
        config: {},
        invokes: { ...offer, "linode:index/getRegions:getRegions": silence },
      });
      context.mock.timers.enable({ apis: ["setTimeout"] });
      const isRefused = assert.rejects(verifyOffer({ region: "us-ord", k8sVersion: "1.35" }), {
        message:
          "the Linode API could not be asked what it offers: no answer within 120 s\n" +
          "If it refused the token, make one with the access 'Kubernetes: read/write, Events: read only' and set it with " +
          "`pulumi config set --secret --stack hub --path 'linode:token'`; " +
          "if it had trouble of its own, run this again later. Nothing was changed.",
      });
      context.mock.timers.tick(120_000);
      await isRefused;
    },
  );

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
        assert.ok(error instanceof Error);
        assert.equal(error.message, [...lines, remedy].join("\n"));
        return true;
      });
    });
  }

  const standard = "LKE offers only: g6-standard-4, g6-standard-6, g6-standard-20";
  const wanted = { region: "us-ord", k8sVersion: "1.35", pools: [{ type: "g6-standard-4" }] };

  /** Checks plans of a cluster that has all else. */
  async function refusalOf(check: () => Promise<void>): Promise<string> {
    await startRuntime({ stack: "hub", config: {}, invokes: offer });
    return check().then(
      () => "",
      (error: unknown) => (error as Error).message,
    );
  }

  test("passes plans of nodes that LKE offers", async () => {
    const furtherPools = { batch: { type: "g6-dedicated-8" } };
    assert.equal(await refusalOf(() => verifyOffer(wanted, {}, furtherPools)), "");
    assert.equal(await refusalOf(() => verifyPoolOffer("batch", { type: "g6-standard-20" })), "");
  });

  test("fails on the unknown plans of all pools of a new cluster at once, each with those of its kind or all", async () => {
    const pools = [{ type: "g6-standard-5" }];
    const furtherPools = { batch: { type: "g7-huge-1" }, small: { type: "g6-nanode-1" } };
    const all = "LKE offers only: g6-dedicated-8, g6-standard-4, g6-standard-6, g6-standard-20";
    assert.equal(
      await refusalOf(() => verifyOffer({ ...wanted, pools }, {}, furtherPools)),
      [
        `vault-federation:cluster.systemPool.type is "g6-standard-5", but ${standard}`,
        `vault-federation:cluster.pools.batch.type is "g7-huge-1", but ${all}`,
        `vault-federation:cluster.pools.small.type is "g6-nanode-1", but ${all}`,
        remedy,
      ].join("\n"),
    );
  });

  test("fails on an unknown plan for the system pool of an existing cluster, and for a further pool", async () => {
    const changed = { ...wanted, pools: [{ type: "g6-standard-5" }] };
    assert.equal(
      await refusalOf(() => verifyOffer(changed, wanted)),
      `vault-federation:cluster.systemPool.type is "g6-standard-5", but ${standard}\n${remedy}`,
    );
    assert.equal(
      await refusalOf(() => verifyPoolOffer("batch", { type: "g6-standard-5" })),
      `vault-federation:cluster.pools.batch.type is "g6-standard-5", but ${standard}\n${remedy}`,
    );
  });

  const label = "taken-us-ord";
  const taken =
    'vault-federation:cluster.label gives the cluster the label "taken-us-ord", which cluster 7 has already. ' +
    "If an interrupted update of this stack made that one, import it as the pending creation that `pulumi refresh` " +
    "asks about, with the id 7, or delete it in the Linode Cloud Manager; else give another label";

  test("fails on a label that another cluster has, for a new cluster and for a renamed one", async () => {
    assert.equal(await refusalOf(() => verifyOffer({ ...wanted, label })), `${taken}\n${remedy}`);
    const present = { ...wanted, label: "former-us-ord", id: "8" };
    assert.equal(await refusalOf(() => verifyOffer({ ...wanted, label }, present)), `${taken}\n${remedy}`);
  });

  test("passes a label that no cluster has, and one that the cluster itself has or was being given", async () => {
    assert.equal(await refusalOf(() => verifyOffer({ ...wanted, label: "free-us-ord" })), "");
    const named = { ...wanted, label };
    assert.equal(await refusalOf(() => verifyOffer({ ...named, k8sVersion: "1.34" }, named)), "");
    const present = { ...wanted, label: "former-us-ord", id: "7" };
    assert.equal(await refusalOf(() => verifyOffer(named, present)), "");
  });

  test("knows the cluster's own id at an update", async () => {
    const [newInputs, oldInputs] = [
      { ...wanted, label },
      { ...wanted, label: "former-us-ord" },
    ];
    const update = { urn: "", name: "", type: "", newInputs, oldInputs };
    const refusalFor = (id: string) =>
      refusalOf(async () => refuseUnavailable("a", {}).callback({ ...update, id }));
    assert.equal(await refusalFor("7"), "");
    assert.equal(await refusalFor("8"), `${taken}\n${remedy}`);
  });

  test("passes plans that are no longer offered if the cluster's pools have them already", async () => {
    const old = { ...wanted, pools: [{ type: "g5-standard-4" }] };
    const furtherPools = { batch: { type: "g5-standard-4" } };
    assert.equal(await refusalOf(() => verifyOffer({ ...old, k8sVersion: "1.34" }, old, furtherPools)), "");
  });
});
