import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { refuse } from "../../../../../components/vault/bootstrap/refusal.ts";
import { BootstrapRegion } from "../../../../support/bootstrap.ts";

const { args } = new BootstrapRegion();

/** How to start over, with as many volumes as there are servers. */
const startOver =
  "kubectl -n vault delete pvc data-vault-0 data-vault-1 data-vault-2 --wait=false && " +
  "kubectl -n vault delete pods -l app.kubernetes.io/name=vault,component=server && ";
const forget = "kubectl -n vault delete secret vault-bootstrap vault-key-shares --ignore-not-found";

describe("A bootstrap that must not go on says what happened and what to do,", () => {
  for (const [title, reason, clusterId, again] of [
    ["a Vault in the midst of its birth", "data-lost", "a-cluster", "`pulumi up` again"],
    ["a Vault whose id it never got to know", "data-lost", undefined, "`pulumi up` again"],
    [
      "a Vault that was complete",
      "data-lost-after-birth",
      "a-cluster",
      "`pulumi up --target-replace '**-bootstrap-run' --target '**-provider'`, and then `pulumi up --refresh`",
    ],
  ] as const) {
    test(`when the data was lost of ${title}`, () => {
      assert.equal(
        refuse(reason, args, clusterId).message,
        `vault-0 is empty, but this stack's Vault exists: its cluster id is ${clusterId ?? "not known yet"}. ` +
          "The data of vault-0 was lost. Initialising it again would split it from what is left, so nothing is done. " +
          "If other servers still have data, wipe vault-0 alone, so that it joins them: " +
          "kubectl -n vault delete pvc data-vault-0 --wait=false && kubectl -n vault delete pod vault-0 " +
          "(and again, if it stays Pending: it came before the old volume was gone), then run `vfed unseal <stack>`. If all data is lost, restore a snapshot, or give it up for good: " +
          `${forget}, then run ${again}.`,
      );
    });
  }

  test("when Vault's answer to its initialisation was lost", () => {
    assert.equal(
      refuse("answer-lost", args).message,
      "vault-0 was initialised by an update that was killed before it could keep the answer: nobody has its key. " +
        `Nothing was ever stored in it. Start over with: ${startOver}${forget}, then \`pulumi up\`.`,
    );
  });

  test("when somebody else initialised Vault, in a namespace and with servers of its own", () => {
    assert.equal(
      refuse("initialised-by-others", { ...args, namespace: "ns", replicas: 1 }).message,
      "Vault is initialised, but not by this stack, which therefore has no key to it. " +
        "If the Secret vault-bootstrap, the stack's state or Vault's volumes were exchanged, put the right ones back. To give up ALL ITS DATA and start over: " +
        "kubectl -n ns delete pvc data-vault-0 --wait=false && " +
        "kubectl -n ns delete pods -l app.kubernetes.io/name=vault,component=server && kubectl -n ns delete secret vault-bootstrap vault-key-shares --ignore-not-found, then `pulumi up`.",
    );
  });
});
