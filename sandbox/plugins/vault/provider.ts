import { SchemaProvider } from "../schema/provider.ts";
import { VaultClient } from "./api/client.ts";
import { isGone } from "./api/failure.ts";
import { AUDIT } from "./audit.ts";
import { AUTH_BACKEND } from "./auth/backend.ts";
import { JWT_BACKEND } from "./auth/jwt-backend.ts";
import { JWT_ROLE } from "./auth/jwt-role.ts";
import { KUBERNETES_CONFIG } from "./auth/kubernetes-config.ts";
import { KUBERNETES_ROLE } from "./auth/kubernetes-role.ts";
import { TOKEN_ROLE } from "./auth/token-role.ts";
import { checkConfiguration } from "./configuration.ts";
import { KV_BACKEND } from "./kv/backend.ts";
import { KV_SECRET } from "./kv/secret.ts";
import { MOUNT } from "./mount.ts";
import { POLICY } from "./policy.ts";
import { RAFT_AUTOPILOT } from "./raft-autopilot.ts";
import { readSettings } from "./settings.ts";
import { TOKEN } from "./token.ts";

const KINDS = {
  "vault:index/audit:Audit": AUDIT,
  "vault:index/authBackend:AuthBackend": AUTH_BACKEND,
  "vault:index/mount:Mount": MOUNT,
  "vault:index/policy:Policy": POLICY,
  "vault:index/raftAutopilot:RaftAutopilot": RAFT_AUTOPILOT,
  "vault:index/token:Token": TOKEN,
  "vault:jwt/authBackend:AuthBackend": JWT_BACKEND,
  "vault:jwt/authBackendRole:AuthBackendRole": JWT_ROLE,
  "vault:kubernetes/authBackendConfig:AuthBackendConfig": KUBERNETES_CONFIG,
  "vault:kubernetes/authBackendRole:AuthBackendRole": KUBERNETES_ROLE,
  "vault:kv/secretBackendV2:SecretBackendV2": KV_BACKEND,
  "vault:kv/secretV2:SecretV2": KV_SECRET,
  "vault:tokenauth/authBackendRole:AuthBackendRole": TOKEN_ROLE,
};

/** Stands in for the official plugin `vault`: the types that a federation is made of, against the same API. */
export class VaultProvider extends SchemaProvider<VaultClient> {
  /** @param environment Where VAULT_ADDR and its like are looked up. */
  constructor(environment: NodeJS.ProcessEnv) {
    super({
      name: "vault",
      kinds: KINDS,
      check: checkConfiguration,
      connect: (config) => new VaultClient(readSettings(config, environment)),
      isGone,
      // Vault forgets the run's token.
      disconnect: (client) => client.close(),
    });
  }
}
