/** What a policy grants on one path. */
interface Rule {
  readonly path: string;
  readonly capabilities: readonly ("create" | "read" | "update" | "patch" | "delete" | "list" | "sudo")[];
}

/** The KV version 2 mount that all secrets of a region are in. */
export const secretMount = "secret";

/** Writes rules as Vault reads them, sorted, so that the order in a configuration makes no difference. */
export function policyText(rules: readonly Rule[]): string {
  return rules
    .map(({ path, capabilities }) => {
      const list = [...capabilities].sort().map((capability) => JSON.stringify(capability));
      return `path ${JSON.stringify(path)} {\n  capabilities = [${list.join(", ")}]\n}`;
    })
    .sort()
    .join("\n\n");
}

function dataPath(path: string): string {
  return `${secretMount}/data/${path}`;
}

function metadataPath(path: string): string {
  return `${secretMount}/metadata/${path}`;
}

/** A namespace's operator may read exactly the namespace's paths. */
export function consumerPolicy(paths: readonly string[]): string {
  return policyText(paths.map((path) => ({ path: dataPath(path), capabilities: ["read"] })));
}

/** What the local External Secrets Operator may: look at its own token, and read and write the paths that are shared. */
export function externalSecretsPolicy(paths: readonly string[]): string {
  return policyText([
    { path: "auth/token/lookup-self", capabilities: ["read"] },
    ...paths.flatMap((path): Rule[] => [
      { path: dataPath(path), capabilities: ["create", "read", "update"] },
      { path: metadataPath(path), capabilities: ["create", "read", "update", "list"] },
    ]),
  ]);
}

/** A peer may write the paths it is the home of, and see whether it did; nothing else. */
export function peerPolicy(paths: readonly string[]): string {
  return policyText(
    paths.flatMap((path): Rule[] => [
      { path: dataPath(path), capabilities: ["create", "read", "update"] },
      { path: metadataPath(path), capabilities: ["create", "read", "update"] },
    ]),
  );
}

/** A snapshot job may take a snapshot, which holds everything, encrypted. */
export function snapshotPolicy(): string {
  return policyText([{ path: "sys/storage/raft/snapshot", capabilities: ["read"] }]);
}

/**
 * Pulumi manages mounts, auth methods, policies, roles and audit devices; no rule lets it read a secret's data. Whoever
 * writes policies and roles could give himself that, so its credential is worth as much as the data: it is encrypted in
 * the stack's state, and every use is in the audit log.
 */
export function pulumiPolicy(): string {
  const manage = ["create", "read", "update", "delete"] as const;
  return policyText([
    { path: "auth/token/create", capabilities: ["update"] },
    { path: "auth/token/lookup-self", capabilities: ["read"] },
    { path: "auth/token/revoke-self", capabilities: ["update"] },
    { path: "auth/token/roles/*", capabilities: manage },
    { path: "auth/kubernetes/*", capabilities: [...manage, "list"] },
    { path: "sys/auth", capabilities: ["read"] },
    { path: "sys/auth/kubernetes", capabilities: [...manage, "sudo"] },
    { path: "sys/auth/kubernetes/tune", capabilities: [...manage, "sudo"] },
    { path: "sys/mounts/auth/kubernetes", capabilities: ["read"] },
    { path: "sys/mounts/auth/kubernetes/tune", capabilities: ["read", "update"] },
    { path: "sys/mounts", capabilities: ["read"] },
    { path: `sys/mounts/${secretMount}`, capabilities: manage },
    { path: `sys/mounts/${secretMount}/tune`, capabilities: manage },
    { path: `${secretMount}/config`, capabilities: manage },
    ...["consumer-*", "external-secrets", "peer-*", "snapshot"].map((name): Rule => ({
      path: `sys/policies/acl/${name}`,
      capabilities: manage,
    })),
    // A new version of the program may need more: then it changes this very policy.
    { path: "sys/policies/acl/pulumi", capabilities: ["read", "update"] },
    { path: "sys/audit", capabilities: ["read", "sudo"] },
    { path: "sys/audit/file", capabilities: [...manage, "sudo"] },
    { path: "sys/audit/stdout", capabilities: [...manage, "sudo"] },
    // What a re-key left for the case that its answer was lost: deleted, never read.
    { path: "sys/rekey/backup", capabilities: ["delete"] },
    { path: "sys/rekey/recovery-key-backup", capabilities: ["delete"] },
    { path: "sys/storage/raft/autopilot/configuration", capabilities: ["read", "update", "create"] },
    { path: "sys/storage/raft/autopilot/state", capabilities: ["read"] },
  ]);
}
