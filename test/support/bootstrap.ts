import assert from "node:assert/strict";

import {
  bootstrap,
  type BootstrapArgs,
  type BootstrapOutcome,
} from "../../components/vault/bootstrap/bootstrap.ts";
import { readKeyShares } from "../../components/vault/bootstrap/key-shares.ts";
import { Interruption } from "./interruption.ts";
import { ModelClient } from "./model-client.ts";
import { SecretStore } from "./secret-store.ts";
import { clusterId, VaultModel } from "./vault-model.ts";

/** A region's servers and the cluster they run on, as far as a bootstrap asks them. */
export class BootstrapRegion {
  readonly vault: VaultModel;
  readonly store = new SecretStore();

  /** Takes whether a key service unseals the servers. */
  constructor(automatic = false) {
    this.vault = new VaultModel(automatic);
  }

  /** What the region's bootstrap is told. */
  get args(): BootstrapArgs {
    return {
      kubernetesClusterId: "4242",
      kubeconfig: this.store.kubeconfig,
      namespace: "vault",
      replicas: 3,
      caBundle: "",
      journalKey: Buffer.alloc(32, 7).toString("base64"),
      operatorKeys: ["key-a", "key-b", "key-c"],
      threshold: 2,
      pulumiPolicy: "a policy",
      // Nothing takes time here, so what is not there at once never comes.
      timeoutSeconds: 0,
    };
  }

  async start(): Promise<this> {
    await this.store.start();
    return this;
  }

  close(): Promise<void> {
    return this.store.close();
  }

  /** One update; ends as it is told. */
  async run(
    interruption = new Interruption(),
    changes: Partial<BootstrapArgs> = {},
  ): Promise<BootstrapOutcome> {
    this.vault.interruption = interruption;
    this.store.interruption = interruption;
    const all = this.vault.names.map((name) => new ModelClient(this.vault, name));
    const [first] = all;
    if (first === undefined) {
      throw new Error("the model has no servers");
    }
    const servers = { all, first, waitUntilRunning: () => Promise.resolve(), close: () => undefined };
    return bootstrap({ ...this.args, ...changes }, servers);
  }
}

/** Asserts everything that a finished bootstrap leaves. */
export async function assertFinished(
  { vault, store }: BootstrapRegion,
  outcome: BootstrapOutcome,
): Promise<void> {
  assert.equal(outcome.clusterId, clusterId);
  assert.equal(vault.initialisations, 1);
  assert.deepEqual([...vault.open].sort(), vault.names);
  assert.deepEqual(
    outcome.shares,
    vault.shares.map((ciphertext, index) => ({
      fingerprint: `fingerprint of key-${"abc".charAt(index)}`,
      ciphertext,
    })),
  );
  assert.equal(outcome.shares.length, 3);
  assert.equal(vault.threshold, 2);
  assert.deepEqual(outcome.access, { roleId: "a-role-id", secretId: [...vault.secretIds.values()][0] });
  assert.equal(vault.secretIds.size, 1);
  assert.deepEqual([...vault.policies], [["pulumi", "a policy"]]);
  assert.deepEqual(vault.roles.get("pulumi"), {
    token_policies: ["pulumi"],
    token_ttl: "4h",
    token_max_ttl: "4h",
  });
  assert.deepEqual([...vault.auditDevices], []);
  assert.equal(vault.rootToken, undefined);
  assert.equal(vault.backup, undefined);
  assert.deepEqual([...store.secrets.keys()].sort(), ["vault-bootstrap", "vault-key-shares"]);
  assert.deepEqual(await readKeyShares(store.kubeconfig, "vault", clusterId), {
    clusterId,
    shares: outcome.shares,
    operatorKeys: ["key-a", "key-b", "key-c"],
    threshold: 2,
  });
}
