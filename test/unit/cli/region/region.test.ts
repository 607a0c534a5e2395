import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { withShares } from "../../../../cli/region/region.ts";
import { writeKeyShares } from "../../../../components/vault/bootstrap/key-shares.ts";
import { SecretStore } from "../../../support/secret-store.ts";

const shares = [{ fingerprint: "ab", ciphertext: "cd" }];

describe("A region whose stack knows nothing of its key shares yet", () => {
  let store: SecretStore;
  const vault = () => ({
    kubeconfig: store.kubeconfig,
    caBundle: "",
    vaultAddress: "https://198.51.100.7:8200",
    vaultNamespace: "vault",
  });

  before(async () => {
    store = await new SecretStore().start();
  });
  after(() => store.close());

  it("has none before the hand-over, and says what to do", async () => {
    await assert.rejects(withShares("hub", vault()), {
      exitCode: 1,
      message:
        "Vault of stack hub has not been handed over to its operators yet, so nobody has a share of its key. " +
        "Run `pulumi up --stack hub`: it goes on from where it stopped, or says what is missing.",
    });
  });

  it("has those that the bootstrap left beside Vault, and the cluster that they belong to", async () => {
    await writeKeyShares(store.kubeconfig, "vault", { clusterId: "cluster-1", shares, operatorKeys: [] });
    assert.deepEqual(await withShares("hub", vault()), {
      ...vault(),
      vaultClusterId: "cluster-1",
      vaultKeyShares: shares,
    });
  });

  it("needs none of them where the stack does know", async () => {
    const known = { ...vault(), kubeconfig: "", vaultClusterId: "cluster-2", vaultKeyShares: shares };
    assert.deepEqual(await withShares("hub", known), known);
  });
});
