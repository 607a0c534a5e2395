import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { Agent } from "node:https";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { generateKey } from "openpgp";

import { Failure } from "../../../cli/failure.ts";
import { rekey, type RekeyOutcome } from "../../../cli/servers/rekey.ts";
import { rollServers } from "../../../cli/servers/roll.ts";
import { contribute, decodeToken, startRootAttempt } from "../../../cli/servers/root-token.ts";
import { requireLeader } from "../../../cli/servers/settle.ts";
import { keyServiceOf } from "../../../cli/servers/unseal.ts";
import { readOperators } from "../../../cli/shares/operator-key.ts";
import { decryptShares } from "../../../cli/shares/private-key.ts";
import { SharePool } from "../../../cli/shares/share-pool.ts";
import { readBackup, rekeyPaths } from "../../../components/vault/api/rekey.ts";
import { sealStatus } from "../../../components/vault/api/seal.ts";
import { VaultClient, VaultError } from "../../../components/vault/api/vault-client.ts";
import { adopt } from "../../../components/vault/bootstrap/adopt.ts";
import {
  bootstrap,
  type BootstrapArgs,
  type BootstrapOutcome,
} from "../../../components/vault/bootstrap/bootstrap.ts";
import type { EncryptedShare } from "../../../components/vault/bootstrap/journal.ts";
import { writeKeyShares } from "../../../components/vault/bootstrap/key-shares.ts";
import { pulumiPolicy } from "../../../components/vault/policies.ts";
import { assertNothingSealed, noShares, outdatedHost, unsealWithPool } from "../../support/operated-vault.ts";
import { SecretStore } from "../../support/secret-store.ts";
import { silentTerminal } from "../../support/terminal.ts";
import { until, VaultServers } from "../../support/vault-servers.ts";

type Request = Parameters<VaultClient["send"]>;

/** A client whose requests somebody looks at, and may change. */
class WatchedClient extends VaultClient {
  readonly #server: VaultClient;
  readonly #watch: (server: VaultClient, ...request: Request) => Promise<unknown>;

  constructor(server: VaultClient, watch: (server: VaultClient, ...request: Request) => Promise<unknown>) {
    super({ name: server.name, host: "", agent: new Agent() });
    this.#server = server;
    this.#watch = watch;
  }

  override withToken(token: string): VaultClient {
    return new WatchedClient(this.#server.withToken(token), this.#watch);
  }

  override async send<T = unknown>(...request: Request): Promise<T> {
    return (await this.#watch(this.#server, ...request)) as T;
  }
}

const operators = ["alice", "bob", "carol"];
const killed = new Error("the run was killed");

let keyService: VaultServers;
let vault: VaultServers;
let store: SecretStore;
const started: { close(): Promise<void> }[] = [];

/** Answers of Vault to its initialisation. */
const initialKeys: { root_token: string; recovery_keys_base64: string[] }[] = [];
let outcome: BootstrapOutcome;

before(async () => {
  keyService = await VaultServers.start({ size: 1 });
  started.push(keyService);
  const { root_token: token } = await keyService.initialise(1, 1);
  const service = keyService.client("vault-0").withToken(token);
  await service.send("POST", "sys/mounts/transit", { type: "transit" });
  await service.send("POST", "transit/keys/region");

  vault = await VaultServers.start({
    seal: `seal "transit" {
  address = "${keyService.address("vault-0")}"
  tls_ca_cert = "${keyService.folder}/ca.crt"
  mount_path = "transit/"
  key_name = "region"
}`,
    environment: { VAULT_TOKEN: token },
  });
  started.push(vault);
  store = await new SecretStore().start();
  started.push(store);

  for (const name of [...operators, "dave"]) {
    const { publicKey, privateKey } = await generateKey({ userIDs: [{ name }] });
    await writeFile(join(vault.folder, `${name}.asc`), publicKey);
    await writeFile(join(vault.folder, `${name}.key`), privateKey);
  }
});

after(async () => {
  for (const each of started.toReversed()) {
    await each.close();
  }
});

async function args(names: readonly string[] = operators): Promise<BootstrapArgs> {
  const keys = await readOperators(names.map((name) => join(vault.folder, `${name}.asc`)));
  return {
    kubernetesClusterId: "4242",
    kubeconfig: store.kubeconfig,
    namespace: "vault",
    replicas: 3,
    caBundle: "",
    journalKey: Buffer.alloc(32, 7).toString("base64"),
    operatorKeys: keys.map(({ binary }) => binary),
    threshold: 2,
    pulumiPolicy: pulumiPolicy({ ownsServers: true }),
    timeoutSeconds: 120,
  };
}

/** One update, which is killed when Vault has carried out a request to that path, if one is named. */
async function update(killedAfter?: string): Promise<BootstrapOutcome> {
  const all = vault.clients.map(
    (server) =>
      new WatchedClient(server, async (asked, method, path, body) => {
        // These servers have no volume for their audit log.
        const moved = { options: { file_path: join(vault.folder, "bootstrap.log") } };
        const answer = await asked.send(
          method,
          path,
          path === "sys/audit/bootstrap" && body !== undefined ? { ...body, ...moved } : body,
        );
        if (path === "sys/init") {
          initialKeys.push(answer as (typeof initialKeys)[number]);
        }
        if (path === killedAfter && method === "PUT") {
          throw killed;
        }
        return answer;
      }),
  );
  const [first] = all;
  assert.ok(first !== undefined);
  const servers = { all, first, waitUntilRunning: () => Promise.resolve(), close: () => undefined };
  return bootstrap(await args(), servers);
}

/** Shares as operators get at them. */
async function decrypted(shares: readonly EncryptedShare[], ...names: string[]): Promise<string[]> {
  const opened = await Promise.all(
    names.map((name) =>
      decryptShares(join(vault.folder, `${name}.key`), shares, silentTerminal({ secrets: [] })),
    ),
  );
  return opened.flat();
}

async function rootToken(shares: readonly string[]): Promise<string> {
  const leader = await requireLeader(vault.clients);
  const { nonce, oneTimePassword } = await startRootAttempt(leader);
  const attempt = await contribute(leader, SharePool.of(shares), nonce);
  assert.equal(attempt.complete, true);
  return decodeToken(attempt.encoded_token, oneTimePassword);
}

function refused(status: number): (error: unknown) => boolean {
  return (error) => error instanceof VaultError && error.status === status;
}

describe("the bootstrap of real servers that a key service unseals", () => {
  it("goes on after it was killed at each step that changes Vault, without a second initialisation", async () => {
    for (const path of [
      "sys/audit/bootstrap",
      "sys/policies/acl/pulumi",
      "sys/rekey-recovery-key/init",
      "sys/rekey-recovery-key/update",
    ]) {
      await assert.rejects(update(path), killed);
    }
    outcome = await update();
    assert.equal(initialKeys.length, 1);
  });

  it("leaves every server unsealed by its key service, and a recovery key of the operators", async () => {
    const states = await Promise.all(vault.clients.map(sealStatus));
    assert.deepEqual(
      states.map(({ type, sealed, recovery_seal: automatic, cluster_id: id }) => [
        type,
        sealed,
        automatic,
        id,
      ]),
      Array(3).fill(["transit", false, true, outcome.clusterId]),
    );
    const { n: shares, t: threshold } = await sealStatus(await requireLeader(vault.clients));
    assert.deepEqual([shares, threshold], [3, 2]);
    const keys = await readOperators(operators.map((name) => join(vault.folder, `${name}.asc`)));
    assert.deepEqual(
      outcome.shares.map(({ fingerprint }) => fingerprint).toSorted(),
      keys.map(({ fingerprint }) => fingerprint).toSorted(),
    );
  });

  it("leaves neither a root token, nor the temporary recovery key, nor a copy of the shares", async () => {
    const [keys] = initialKeys;
    assert.ok(keys !== undefined);
    assert.equal(keys.recovery_keys_base64.length, 1);
    const leader = await requireLeader(vault.clients);
    await assert.rejects(
      leader.withToken(keys.root_token).send("GET", "auth/token/lookup-self"),
      refused(403),
    );
    const { nonce } = await startRootAttempt(leader);
    await assert.rejects(
      contribute(leader, SharePool.of([...keys.recovery_keys_base64, "11".repeat(33)]), nonce),
      Failure,
    );
    await leader.send("DELETE", "sys/generate-root/attempt");

    const root = leader.withToken(await rootToken(await decrypted(outcome.shares, "alice", "carol")));
    assert.equal(await readBackup(root, await rekeyPaths(root)), undefined);
    assert.deepEqual(Object.keys((await root.send<{ data: object }>("GET", "sys/audit")).data), []);
    await root.send("POST", "auth/token/revoke-self");
  });

  it("keeps nothing in the cluster that could be read", () => {
    const kept = JSON.stringify([...store.secrets.values()]);
    const plain = [...store.secrets.values()]
      .flatMap(({ data }) => Object.values(data ?? {}))
      .map((value) => Buffer.from(value, "base64").toString("latin1"))
      .join("\n");
    const secrets = [
      outcome.access.secretId,
      ...initialKeys.flatMap((keys) => [keys.root_token, ...keys.recovery_keys_base64]),
    ];
    assert.equal(secrets.length, 3);
    for (const secret of secrets) {
      assert.equal(kept.includes(secret) || plain.includes(secret), false);
    }
  });

  it("does nothing the next time", async () => {
    assert.deepEqual(await update(), outcome);
  });
});

describe("operating real servers that a key service unseals", () => {
  it("needs no share after a restart of all of them", async () => {
    await vault.restartAll();
    assert.equal(await keyServiceOf(vault.clients), "transit");
    await vault.waitUntilHealthy();
    await assertNothingSealed(vault.clients);
  });

  it("names the key service where a server stays sealed, and asks for no share", async () => {
    const root = await rootToken(await decrypted(outcome.shares, "alice", "bob"));
    const leader = await requireLeader(vault.clients);
    // A server that was sealed by hand stays so until it is restarted.
    await leader.withToken(root).send("PUT", "sys/seal");
    await until(async () => (await sealStatus(leader)).sealed);
    await assert.rejects(unsealWithPool(vault.clients, noShares()), {
      message:
        `${leader.name} is sealed, but its key service (transit) unseals it, and shares can't. ` +
        "Look for the reason in the pod's log.",
    });
    await vault.restartServer(leader.name);
    await vault.waitUntilHealthy();
    await (await requireLeader(vault.clients)).withToken(root).send("POST", "auth/token/revoke-self");
  });

  it("restarts them one after the other without a share", async () => {
    const restarted = await rollServers({
      servers: vault.clients,
      host: outdatedHost(vault),
      replaced: [],
      shares: noShares(),
      all: false,
      othersUnseal: false,
      report: () => undefined,
      timeoutMilliseconds: 60_000,
    });
    assert.equal(restarted.length, 3);
    await vault.waitUntilHealthy();
  });
});

describe("a re-key of real servers that a key service unseals", () => {
  /** Gives the recovery key to other operators; its shares are kept as `vfed rekey` does. */
  async function change(
    from: readonly string[],
    to: readonly string[],
    token?: string,
  ): Promise<RekeyOutcome & { readonly complete: true }> {
    const keys = await readOperators(to.map((name) => join(vault.folder, `${name}.asc`)));
    const result = await rekey({
      servers: vault.clients,
      operators: keys,
      threshold: 2,
      shares: SharePool.of(from),
      keep: (shares) =>
        writeKeyShares(store.kubeconfig, "vault", {
          clusterId: outcome.clusterId,
          shares,
          operatorKeys: keys.map(({ binary }) => binary),
          threshold: 2,
        }),
      ...(token === undefined ? {} : { token }),
      report: () => undefined,
      timeoutMilliseconds: 60_000,
    });
    assert.ok(result.complete);
    return result;
  }

  it("leaves a copy of the shares where nobody may delete it, until Pulumi takes them over", async () => {
    const team = ["bob", "dave"];
    const result = await change(await decrypted(outcome.shares, "alice", "bob"), team);
    assert.equal(result.copy, "sys/rekey/recovery-key-backup");

    const before = await args();
    const taken = await adopt(outcome.clusterId, { ...before, ...outcome }, await args(team), {
      all: vault.clients,
      first: vault.client("vault-0"),
      close: () => undefined,
    });
    assert.deepEqual(taken, { ...outcome, shares: result.shares });
    outcome = taken;

    const token = await rootToken(await decrypted(outcome.shares, ...team));
    const root = (await requireLeader(vault.clients)).withToken(token);
    assert.equal(await readBackup(root, await rekeyPaths(root)), undefined);
    await root.send("POST", "auth/token/revoke-self");
  });

  it("leaves no copy of the shares where there is a token to delete it with", async () => {
    const present = await decrypted(outcome.shares, "bob", "dave");
    const token = await rootToken(present);
    const result = await change(present, ["alice", "carol"], token);
    assert.equal("copy" in result, false);

    const root = (await requireLeader(vault.clients)).withToken(token);
    assert.equal(await readBackup(root, await rekeyPaths(root)), undefined);
    await root.send("POST", "auth/token/revoke-self");
    await rootToken(await decrypted(result.shares, "alice", "carol"));
  });
});
