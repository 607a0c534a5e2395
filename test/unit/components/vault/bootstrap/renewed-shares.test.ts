import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import type { dynamic } from "@pulumi/pulumi";

import { writeKeyShares, type KeyShares } from "../../../../../components/vault/bootstrap/key-shares.ts";
import { operatorFingerprint } from "../../../../../config/operator-key.ts";
import { BootstrapRegion } from "../../../../support/bootstrap.ts";
import { revive } from "../../../../support/dynamic-provider.ts";
import { unreachableKubeconfig } from "../../../../support/kubernetes-api.ts";
import { binaryForm, operators } from "../../../../support/operators.ts";
import { recordRegion } from "../../../../support/regions.ts";
import { clusterId } from "../../../../support/vault-model.ts";

const run = ["pulumi-nodejs:dynamic/vault-federation:VaultBootstrap", "vault-bootstrap-run"] as const;
const operatorKeys = operators.map(binaryForm);
const fingerprints = await Promise.all(operatorKeys.map(operatorFingerprint));

/** A share for each of the first operators. */
function sharesOf(what: string, count = 3): KeyShares["shares"] {
  return fingerprints
    .slice(0, count)
    .map((fingerprint) => ({ fingerprint, ciphertext: `${what} of ${fingerprint}` }));
}

describe("A refresh of a bootstrapped Vault", () => {
  const region = new BootstrapRegion();
  let provider: dynamic.ResourceProvider;

  before(async () => {
    await region.start();
    provider = revive((await recordRegion("hub")).one(...run).code);
  });
  after(() => region.close());

  function known(changes: object = {}): object {
    const outcome = { clusterId, shares: sharesOf("old"), access: { roleId: "r", secretId: "s" } };
    return { ...region.args, operatorKeys, threshold: 2, ...outcome, ...changes };
  }

  /** Refreshes what is known beside the shares that are kept beside Vault, if any. */
  async function refresh(kept: Partial<KeyShares> | undefined, changes: object = {}): Promise<unknown> {
    region.store.secrets.clear();
    if (kept !== undefined) {
      const all = { clusterId, shares: sharesOf("new"), operatorKeys, threshold: 2, ...kept };
      await writeKeyShares(region.store.kubeconfig, "vault", all);
    }
    return provider.read?.(clusterId, known(changes));
  }

  for (const [title, kept] of [
    ["for the same operators and threshold", {}],
    ["for the same operators in another order", { operatorKeys: [] }],
    ["of a version that did not keep the threshold", { threshold: undefined }],
  ] as const) {
    test(`gives the stack the shares of a re-key ${title}`, async () => {
      assert.deepEqual(await refresh(kept as Partial<KeyShares>), {
        id: clusterId,
        props: known({ shares: sharesOf("new") }),
      });
    });
  }

  for (const [title, kept] of [
    ["another threshold", { threshold: 3 }],
    ["other operators", { operatorKeys: [], shares: sharesOf("new", 2) }],
    ["another cluster", { clusterId: "another-cluster" }],
  ] as const) {
    test(`leaves the stack its shares where those beside Vault are for ${title}`, async () => {
      assert.deepEqual(await refresh(kept), { id: clusterId, props: known() });
    });
  }

  test("leaves the stack its shares where there are none beside Vault, or the cluster can't be reached", async () => {
    assert.deepEqual(await refresh(undefined), { id: clusterId, props: known() });
    const unreachable = { kubeconfig: await unreachableKubeconfig() };
    assert.deepEqual(await refresh({}, unreachable), { id: clusterId, props: known(unreachable) });
  });
});
