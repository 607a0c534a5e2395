import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { parseOutputs } from "../../../../cli/region/pulumi-stack.ts";

const outputs = {
  role: "hub",
  kubeconfig: "kind: Config",
  caBundle: "-----BEGIN CERTIFICATE-----",
  vaultAddress: "https://198.51.100.7:8200",
  vaultClusterId: "cluster-1",
  vaultKeyShares: [{ fingerprint: "ab", ciphertext: "cd" }],
};

describe("a stack's outputs", () => {
  it("say where Vault is, in the usual namespace if they name none", () => {
    assert.equal(parseOutputs("hub", outputs).vaultNamespace, "vault");
    assert.equal(parseOutputs("hub", { ...outputs, vaultNamespace: "other" }).vaultNamespace, "other");
    assert.deepEqual(parseOutputs("hub", outputs).vaultKeyShares, outputs.vaultKeyShares);
  });

  it("of a stack without a Vault of its own are refused by what they lack, without what they hold", () => {
    assert.throws(
      () => parseOutputs("edge", { ...outputs, vaultKeyShares: undefined, vaultClusterId: undefined }),
      (error: Error) =>
        error.message.startsWith(
          "stack edge has no Vault of its own that could be operated: its outputs lack vaultClusterId, vaultKeyShares.",
        ) && !error.message.includes("kind: Config"),
    );
  });

  it("of a stack without any are refused", () => {
    assert.throws(() => parseOutputs("edge", {}), { exitCode: 1 });
  });
});
