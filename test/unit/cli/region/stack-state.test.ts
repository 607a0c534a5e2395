import assert from "node:assert/strict";
import { before, describe, it } from "node:test";

import { recordedJournalAccess, recordedOutputs } from "../../../../cli/region/stack-state.ts";
import { recordEverything } from "../../../support/everything.ts";
import type { Recording } from "../../../support/record.ts";
import { exportedState, nothingRecorded } from "../../../support/stack-state.ts";

describe("A stack's state", () => {
  let recording: Recording;

  before(async () => {
    recording = await recordEverything("hub");
  });

  it("says what the program exports, under the same names, from what its components say of themselves", () => {
    const { outputs } = recording;
    const { secret: kubeconfig } = outputs.kubeconfig as { secret: string };
    assert.deepEqual(recordedOutputs("hub", exportedState(recording)), {
      kubeconfig,
      caBundle: outputs.caBundle,
      vaultAddress: outputs.vaultAddress,
      vaultClusterId: outputs.vaultClusterId,
      vaultKeyShares: outputs.vaultKeyShares,
    });
  });

  it("says nothing of what it does not have", () => {
    assert.deepEqual(recordedOutputs("hub", { deployment: {} }), nothingRecorded);
    const early = exportedState(recording, ({ custom }) => custom);
    assert.deepEqual(recordedOutputs("hub", early), nothingRecorded);
  });

  it("has what opens the memory of the bootstrap, once that has come to its end", () => {
    const run = recording.one("pulumi-nodejs:dynamic/vault-federation:VaultBootstrap", "vault-bootstrap-run");
    const { journalKey, kubernetesClusterId } = run.inputs as {
      journalKey: { secret: string };
      kubernetesClusterId: string;
    };
    assert.deepEqual(recordedJournalAccess("hub", exportedState(recording)), {
      key: Buffer.from(journalKey.secret, "base64"),
      kubernetesClusterId,
    });
    const unfinished = exportedState(recording, ({ name }) => name !== "vault-bootstrap-run");
    assert.throws(() => recordedJournalAccess("hub", unfinished), {
      exitCode: 1,
      message:
        "the state of stack hub knows of no bootstrap of Vault that has come to its end. Run `pulumi up --stack hub` first.",
    });
  });

  it("is refused where the region is there twice, unless one of them only waits for its end", () => {
    const state = exportedState(recording);
    const { resources } = state.deployment;
    const cluster = resources.find(({ type }) => type === "vault-federation:cluster:LkeCluster");
    assert.ok(cluster);
    const other = { ...cluster, urn: "urn:pulumi:hub::vault-federation::x::cluster-elsewhere" };
    const twice = { deployment: { resources: [...resources, other] } };
    assert.throws(() => recordedOutputs("hub", twice), {
      exitCode: 1,
      message:
        "stack hub is between two regions: its state has cluster-us-ord and cluster-elsewhere, and no outputs say which one counts. " +
        "Run `pulumi up --stack hub` to its end first.",
    });
    const replaced = { deployment: { resources: [...resources, { ...other, delete: true }] } };
    assert.deepEqual(recordedOutputs("hub", replaced), recordedOutputs("hub", state));
  });
});
