import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { fromState, VaultNotOperated } from "../../../../cli/region/pulumi-stack.ts";
import { nothingRecorded } from "../../../support/stack-state.ts";

const recorded = {
  kubeconfig: "kind: Config",
  caBundle: "-----BEGIN CERTIFICATE-----",
  vaultAddress: "https://198.51.100.7:8200",
  vaultClusterId: "cluster-1",
  vaultKeyShares: [{ fingerprint: "ab", ciphertext: "cd" }],
};

describe("A stack whose outputs do not say everything", () => {
  it("has its Vault where its state says, in the usual namespace if its outputs name none", () => {
    assert.deepEqual(fromState("hub", {}, recorded), { ...recorded, vaultNamespace: "vault" });
    assert.equal(fromState("hub", { vaultNamespace: "other" }, recorded).vaultNamespace, "other");
  });

  it("keeps what its outputs say of other things, but not of a Vault that its state does not have", () => {
    const outputs = { kubeconfig: "old", peerLink_edge: { address: "https://198.51.100.8:8200" } };
    const { kubeconfig, peerLink_edge: link } = fromState("hub", outputs, recorded);
    assert.deepEqual([kubeconfig, link], [recorded.kubeconfig, outputs.peerLink_edge]);
    assert.throws(() => fromState("hub", recorded, { ...recorded, vaultAddress: undefined }), {
      exitCode: 1,
    });
  });

  it("need not have come to the end of Vault's bootstrap", () => {
    const before = { ...recorded, vaultClusterId: undefined, vaultKeyShares: undefined };
    assert.equal(fromState("hub", {}, before).vaultKeyShares, undefined);
  });

  it("is refused where it has no Vault of its own, by what it lacks and without what it holds", () => {
    assert.throws(
      () => fromState("edge", {}, { ...nothingRecorded, kubeconfig: "kind: Config" }),
      (error: Error) =>
        error.message ===
        "stack edge has no Vault of its own that could be operated: its outputs and its state lack caBundle, vaultAddress. " +
          "Run `pulumi up` first.",
    );
  });

  it("is refused where its configuration has no Vault, unless its state has one that is being made", () => {
    const outputs = { kubeconfig: "kind: Config", peerLink_edge: {} };
    const state = { ...nothingRecorded, kubeconfig: "kind: Config", caBundle: recorded.caBundle };
    assert.throws(() => fromState("edge", outputs, state), {
      constructor: VaultNotOperated,
      exitCode: 1,
      message:
        "stack edge has no Vault: its configuration had no `vault` block when its last update came to an end. " +
        "To give it one, write the block and run `pulumi up`.",
    });
    const begun = { ...nothingRecorded, vaultAddress: recorded.vaultAddress };
    assert.throws(
      () => fromState("edge", outputs, begun),
      /its outputs and its state lack kubeconfig, caBundle\./,
    );
  });

  it("is refused where its Vault existed before, with that Vault's address", () => {
    const { vaultClusterId, vaultKeyShares, ...outputs } = recorded;
    assert.ok(vaultClusterId !== "" && vaultKeyShares.length > 0);
    const state = { ...nothingRecorded, kubeconfig: "kind: Config", caBundle: recorded.caBundle };
    assert.throws(() => fromState("edge", outputs, state), {
      constructor: VaultNotOperated,
      exitCode: 1,
      message:
        "the Vault of stack edge, https://198.51.100.7:8200, is not the stack's own (vault.mode is external). " +
        "Operate it with its own tools: VAULT_ADDR=https://198.51.100.7:8200 vault status",
    });
  });
});
