import type { AutopilotServer } from "../../components/vault/api/raft.ts";
import { Interruption } from "./interruption.ts";

/** The id that the cluster gets. */
export const clusterId = "0c5f8d3e-0000-4000-8000-000000000000";

type Body = Readonly<Record<string, unknown>>;

/** A server's refusal: HTTP status and reason. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

/**
 * Three Vault servers as far as a bootstrap asks them: what they keep, and what they refuse. Joining and electing take
 * no time, nor does a key service that unseals.
 */
export class VaultModel {
  /** Whether a key service unseals them, and the shares are those of a recovery key. */
  readonly automatic: boolean;
  clusterId = clusterId;
  /** Name of the server that leads. */
  leader = "vault-0";
  readonly names = ["vault-0", "vault-1", "vault-2"];
  /** Servers that are open. */
  readonly open = new Set<string>();
  readonly auditDevices = new Set<string>();
  readonly authMethods = new Set<string>();
  readonly policies = new Map<string, unknown>();
  readonly roles = new Map<string, Body>();
  /** Secret ids that log in, by their accessors. */
  readonly secretIds = new Map<string, string>();
  /**
   * How a server, as autopilot finds it at a look (the first is 1), differs from a healthy voter that has caught up;
   * undefined where autopilot does not know it.
   */
  standing: (server: string, look: number) => Partial<AutopilotServer> | undefined = () => ({});
  /** How often it was initialised. */
  initialisations = 0;
  /** The present key, as those have it who hold it. */
  shares: readonly string[] = [];
  threshold = 0;
  rootToken: string | undefined;
  /** Tokens of whoever has logged in and not out. */
  readonly logins = new Set<string>();
  /** Shares of the last re-key that are kept until somebody takes them away. */
  backup: Record<string, string[]> | undefined;
  /** What it calls the owner of a public key. */
  fingerprintOf = (publicKey: string): string => `fingerprint of ${publicKey}`;
  /** Requests that were given a limit of their own, and the limit in milliseconds. */
  readonly limits = new Map<string, number>();
  /** What kills the run that talks to the servers. */
  interruption = new Interruption();
  /** Names of the paths at which the key can be changed, and its backup is. */
  readonly #ceremony: string;
  readonly #backupPath: string;
  /** Shares that sealed servers were given so far. */
  readonly #given = new Map<string, readonly string[]>();
  /** Servers without data, whatever the others have. */
  readonly #empty = new Set<string>();
  /** Servers that were restarted, and how often each is still found sealed. */
  readonly #starting = new Map<string, number>();
  #autopilotLooks = 0;
  #counter = 0;
  #rekey: { nonce: string; keys: readonly string[]; threshold: number; backup: boolean } | undefined;

  constructor(automatic: boolean) {
    this.automatic = automatic;
    this.#ceremony = automatic ? "sys/rekey-recovery-key" : "sys/rekey";
    this.#backupPath = automatic ? "sys/rekey/recovery-key-backup" : "sys/rekey/backup";
  }

  /** Exchanges a server's volume for an empty one. */
  wipe(server: string): void {
    this.open.delete(server);
    this.#empty.add(server);
  }

  /** Restarts a server, which is found sealed so many times before its key service has opened it. */
  restart(server: string, looks: number): void {
    this.open.delete(server);
    this.#starting.set(server, looks);
  }

  /** Answers one request to one server. */
  answer(server: string, method: string, path: string, body: Body, token: string | undefined): unknown {
    const request = `${method} ${path.replace(/\/(pulumi|bootstrap|approle)$/, "/*")}`;
    switch (request) {
      case "GET sys/seal-status":
        return this.#sealStatus(server);
      case "PUT sys/init":
        return this.#initialise(server, body);
      case "PUT sys/unseal":
        return this.#unseal(server, String(body.key));
    }
    if (!this.open.has(server)) {
      throw new Refusal(503, "Vault is sealed");
    }
    switch (request) {
      case "GET sys/leader":
        return { is_self: server === this.leader, leader_address: `https://${this.leader}:8200` };
      case "POST auth/approle/login":
        return this.#login(body);
    }
    if (token === undefined || (token !== this.rootToken && !this.logins.has(token))) {
      throw new Refusal(403, "permission denied");
    }
    return this.#privileged(method, path, body, token);
  }

  #sealStatus(server: string): unknown {
    const looks = this.#starting.get(server);
    if (looks === 0) {
      this.#starting.delete(server);
      this.open.add(server);
    } else if (looks !== undefined) {
      this.#starting.set(server, looks - 1);
    }
    const isOpen = this.open.has(server);
    return {
      type: this.automatic ? "transit" : "shamir",
      recovery_seal: this.automatic,
      initialized: this.#isInitialised(server),
      sealed: !isOpen,
      n: this.shares.length,
      t: this.threshold,
      ...(isOpen ? { cluster_id: this.clusterId } : {}),
    };
  }

  #isInitialised(server: string): boolean {
    return this.initialisations > 0 && !this.#empty.has(server);
  }

  #login(body: Body): unknown {
    if (body.role_id !== "a-role-id" || ![...this.secretIds.values()].includes(String(body.secret_id))) {
      throw new Refusal(400, "invalid role or secret ID");
    }
    const token = this.#fresh("token");
    this.logins.add(token);
    return { auth: { client_token: token } };
  }

  #initialise(server: string, body: Body): unknown {
    if (this.#isInitialised(server)) {
      throw new Refusal(400, "Vault is already initialized");
    }
    const kind = this.automatic ? "recovery" : "secret";
    if (Object.keys(body).sort().join() !== `${kind}_shares,${kind}_threshold`) {
      throw new Refusal(400, `parameters ${Object.keys(body).join()} not applicable to this seal`);
    }
    this.#empty.delete(server);
    this.initialisations += 1;
    this.shares = [this.#fresh("temporary-key")];
    this.threshold = 1;
    this.rootToken = this.#fresh("root-token");
    if (!this.automatic) {
      return { keys_base64: this.shares, root_token: this.rootToken };
    }
    this.names.forEach((name) => this.open.add(name));
    return { keys_base64: [], recovery_keys_base64: this.shares, root_token: this.rootToken };
  }

  #unseal(server: string, key: string): unknown {
    const given = [...(this.#given.get(server) ?? []), key];
    if (given.length < this.threshold) {
      // Whether a share is right shows only with the last one.
      this.#given.set(server, given);
      return {};
    }
    this.#given.delete(server);
    if (this.automatic || given.some((share) => !this.shares.includes(share))) {
      throw new Refusal(400, "cipher: message authentication failed");
    }
    this.open.add(server);
    return {};
  }

  #privileged(method: string, path: string, body: Body, token: string): unknown {
    const last = path.split("/").at(-1) ?? "";
    switch (`${method} ${path}`) {
      case "GET sys/storage/raft/autopilot/state":
        return { data: this.#autopilot() };
      case "PUT sys/audit/bootstrap":
        this.#enable(this.auditDevices, last, "path already in use");
        return undefined;
      case "DELETE sys/audit/bootstrap":
        this.auditDevices.delete(last);
        return undefined;
      case "PUT sys/auth/approle":
        this.#enable(this.authMethods, last, `path is already in use at ${last}/`);
        return undefined;
      case "PUT sys/policies/acl/pulumi":
        this.policies.set(last, body.policy);
        return undefined;
      case "POST auth/approle/role/pulumi":
        this.roles.set(last, body);
        return undefined;
      case "GET auth/approle/role/pulumi/role-id":
        return { data: { role_id: "a-role-id" } };
      case "LIST auth/approle/role/pulumi/secret-id":
        if (this.secretIds.size === 0) {
          throw new Refusal(404, "");
        }
        return { data: { keys: [...this.secretIds.keys()] } };
      case "POST auth/approle/role/pulumi/secret-id":
        return this.#makeSecretId();
      case "POST auth/approle/role/pulumi/secret-id-accessor/destroy":
        this.secretIds.delete(String(body.secret_id_accessor));
        return undefined;
      case "PUT sys/leases/revoke-prefix/auth/approle/login":
        this.logins.clear();
        return undefined;
      case "GET auth/token/lookup-self":
        return { data: { policies: [token === this.rootToken ? "root" : "pulumi"] } };
      case "POST auth/token/revoke-self":
        if (!this.logins.delete(token)) {
          this.rootToken = undefined;
        }
        return undefined;
      default:
        return this.#rekeying(method, path, body);
    }
  }

  #rekeying(method: string, path: string, body: Body): unknown {
    switch (`${method} ${path}`) {
      case `GET ${this.#ceremony}/init`:
        return { started: this.#rekey !== undefined, nonce: this.#rekey?.nonce ?? "" };
      case `PUT ${this.#ceremony}/init`:
        if (this.#rekey !== undefined) {
          throw new Refusal(400, "rekey already in progress");
        }
        this.#rekey = {
          nonce: this.#fresh("nonce"),
          keys: body.pgp_keys as string[],
          backup: body.backup === true,
          threshold: body.secret_threshold as number,
        };
        return { started: true, nonce: this.#rekey.nonce };
      case `DELETE ${this.#ceremony}/init`:
        this.#rekey = undefined;
        return undefined;
      case `PUT ${this.#ceremony}/update`:
        return this.#finishRekey(body);
      case `GET ${this.#backupPath}`:
        if (this.backup === undefined) {
          throw new Refusal(404, "no backup keys found");
        }
        return { data: { keys_base64: this.backup } };
      case `DELETE ${this.#backupPath}`:
        this.backup = undefined;
        return undefined;
      default:
        throw new Refusal(404, `nobody said what to answer to ${method} ${path}`);
    }
  }

  #finishRekey({ key, nonce }: Body): unknown {
    const rekey = this.#rekey;
    if (rekey === undefined || rekey.nonce !== nonce || !this.shares.includes(String(key))) {
      throw new Refusal(400, "rekey verification failed");
    }
    this.#rekey = undefined;
    this.shares = rekey.keys.map((publicKey) => this.#fresh(`share for ${publicKey}`));
    this.threshold = rekey.threshold;
    const fingerprints = rekey.keys.map(this.fingerprintOf);
    if (rekey.backup) {
      this.backup = Object.fromEntries(
        fingerprints.map((fingerprint, index) => [fingerprint, [this.shares[index] ?? ""]]),
      );
    }
    return { complete: true, keys_base64: this.shares, pgp_fingerprints: fingerprints };
  }

  #autopilot(): unknown {
    this.#autopilotLooks += 1;
    const servers = [...this.open].flatMap((id): AutopilotServer[] => {
      const found = this.standing(id, this.#autopilotLooks);
      return found === undefined ? [] : [{ id, healthy: true, status: "voter", last_index: 9, ...found }];
    });
    return {
      healthy: servers.every(({ healthy }) => healthy),
      leader: "vault-0",
      servers: Object.fromEntries(servers.map((server) => [server.id, server])),
    };
  }

  #makeSecretId(): unknown {
    const secretId = this.#fresh("secret-id");
    const accessor = this.#fresh("accessor");
    this.secretIds.set(accessor, secretId);
    return { data: { secret_id: secretId, secret_id_accessor: accessor } };
  }

  #enable(place: Set<string>, name: string, refusal: string): void {
    if (place.has(name)) {
      throw new Refusal(400, refusal);
    }
    place.add(name);
  }

  #fresh(what: string): string {
    this.#counter += 1;
    return `${what}-${this.#counter}`;
  }
}
