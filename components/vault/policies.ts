/** What a policy grants on one path. */
interface Rule {
  readonly path: string;
  readonly capabilities: readonly ("create" | "read" | "update" | "patch" | "delete" | "list" | "sudo")[];
  /** The only parameters that a request may have. Defaults to any. */
  readonly parameters?: readonly string[];
}

/** What the local External Secrets Operator does with secrets in its own region's Vault. */
export interface LocalSecretPaths {
  /** Paths that it pushes to. */
  readonly writes: readonly string[];
  /** Paths that it only reads. */
  readonly reads: readonly string[];
  /** Folders in which it looks for secrets. */
  readonly lists: readonly string[];
}

/** The KV version 2 mount that all secrets of a region are in. */
export const secretMount = "secret";

/** Writes rules as Vault reads them, sorted, so that the order in a configuration makes no difference. */
export function policyText(rules: readonly Rule[]): string {
  return rules
    .map(({ path, capabilities, parameters }) => {
      const list = [...capabilities].sort().map((capability) => JSON.stringify(capability));
      const allowed = parameters?.map((parameter) => `${JSON.stringify(parameter)} = []`);
      const restriction =
        allowed === undefined ? "" : `\n  allowed_parameters = { ${allowed.sort().join(", ")} }`;
      return `path ${JSON.stringify(path)} {\n  capabilities = [${list.join(", ")}]${restriction}\n}`;
    })
    .sort()
    .join("\n\n");
}

/** Name of the policy, the token role and the login role of a peer. */
export function peerIdentity(peer: string): string {
  return `peer-${peer}`;
}

/** Where, in a region's own Vault, the token is with which the region reaches a peer. */
export function peerTokenPath(peer: string): string {
  return `peer-tokens/${peer}`;
}

/** Where, in a region's own Vault, a peer logs in that has no token. */
export function peerLoginPath(peer: string): string {
  return `jwt-${peer}`;
}

function dataPath(path: string): string {
  return `${secretMount}/data/${path}`;
}

function metadataPath(path: string): string {
  return `${secretMount}/metadata/${path}`;
}

/**
 * What External Secrets needs to push to a path: it reads what is there, marks it as its own in the custom metadata,
 * and writes. Nobody gets more of the metadata: with it versions could be made to vanish.
 */
function pushRules(path: string): Rule[] {
  return [
    { path: dataPath(path), capabilities: ["create", "read", "update"] },
    {
      path: metadataPath(path),
      capabilities: ["create", "read", "update"],
      parameters: ["custom_metadata"],
    },
  ];
}

const ownToken = {
  look: { path: "auth/token/lookup-self", capabilities: ["read"] },
  renew: { path: "auth/token/renew-self", capabilities: ["update"] },
  revoke: { path: "auth/token/revoke-self", capabilities: ["update"] },
} as const satisfies Record<string, Rule>;

const manage = ["create", "read", "update", "delete"] as const;

function managedPolicy(name: string): Rule {
  return { path: `sys/policies/acl/${name}`, capabilities: manage };
}

/** A namespace's operator may read exactly the namespace's paths, and keep or give up its token. */
export function consumerPolicy(paths: readonly string[]): string {
  return policyText([
    ownToken.look,
    ownToken.renew,
    ownToken.revoke,
    ...paths.map((path): Rule => ({ path: dataPath(path), capabilities: ["read"] })),
  ]);
}

/** The local External Secrets Operator may push and read the region's secrets. */
export function externalSecretsPolicy({ writes, reads, lists }: LocalSecretPaths): string {
  return policyText([
    ownToken.look,
    ownToken.revoke,
    ...writes.flatMap(pushRules),
    ...reads.map((path): Rule => ({ path: dataPath(path), capabilities: ["read"] })),
    ...lists.map((folder): Rule => ({ path: metadataPath(folder), capabilities: ["list"] })),
  ]);
}

/**
 * A region's links may read, for each peer, the token that leads there, and make those with which the peer comes here. Apart
 * from the operator's other rights: those also workloads may be given a share of.
 */
export function linksPolicy(peers: readonly string[]): string {
  return policyText([
    ownToken.look,
    ownToken.revoke,
    ...peers.flatMap((peer): Rule[] => [
      { path: dataPath(peerTokenPath(peer)), capabilities: ["read"] },
      { path: `auth/token/create/${peerIdentity(peer)}`, capabilities: ["update"] },
    ]),
  ]);
}

/**
 * A peer may push to the paths it is the home of, and to the one from which this region takes the token that leads to
 * the peer; nothing else.
 */
export function peerPolicy(peer: string, paths: readonly string[]): string {
  return policyText([ownToken.look, ownToken.revoke, ...[...paths, peerTokenPath(peer)].flatMap(pushRules)]);
}

/** A snapshot job may take a snapshot, which holds everything, encrypted. */
export function snapshotPolicy(): string {
  return policyText([ownToken.revoke, { path: "sys/storage/raft/snapshot", capabilities: ["read"] }]);
}

/** `vfed link revoke` may cut a peer off: end all its tokens, and the roles that new ones come from. */
export function linkOperatorPolicy(peers: readonly string[]): string {
  return policyText([
    ownToken.revoke,
    { path: `auth/token/roles/${peerIdentity("*")}`, capabilities: ["delete"] },
    {
      path: `sys/leases/revoke-prefix/auth/token/create/${peerIdentity("*")}`,
      capabilities: ["update", "sudo"],
    },
    ...peers.flatMap((peer): Rule[] => [
      { path: `auth/${peerLoginPath(peer)}/role/${peerIdentity(peer)}`, capabilities: ["delete"] },
      {
        path: `sys/leases/revoke-prefix/auth/${peerLoginPath(peer)}/login`,
        capabilities: ["update", "sudo"],
      },
    ]),
  ]);
}

/** Which Vault it is that a policy is for. */
export interface PolicyScope {
  /** Whether the region has the servers to itself: in a Vault of others, their audit devices, logins and keys are theirs. */
  readonly ownsServers: boolean;
}

/**
 * Pulumi manages mounts, auth methods, policies, roles and audit devices, makes the first token of each peer, and writes
 * those that it got from peers; no rule lets it read a secret's data. Whoever writes policies and roles could give
 * himself that, so its credential is worth as much as the data: it is encrypted in the stack's state, and every use is
 * in the audit log.
 */
export function pulumiPolicy({ ownsServers }: PolicyScope): string {
  return policyText([
    // The provider's own token, a child of the one that it logs in for.
    { path: "auth/token/create", capabilities: ["update"] },
    ownToken.look,
    ownToken.revoke,
    { path: `auth/token/create/${peerIdentity("*")}`, capabilities: ["update"] },
    { path: "auth/token/lookup-accessor", capabilities: ["update"] },
    { path: "auth/token/revoke-accessor", capabilities: ["update"] },
    { path: `auth/token/roles/${peerIdentity("*")}`, capabilities: manage },
    { path: dataPath(peerTokenPath("*")), capabilities: ["create", "update"] },
    { path: metadataPath(peerTokenPath("*")), capabilities: ["create", "update", "delete"] },
    { path: "sys/auth", capabilities: ["read"] },
    { path: `sys/auth/${peerLoginPath("*")}`, capabilities: [...manage, "sudo"] },
    { path: `sys/mounts/auth/${peerLoginPath("*")}`, capabilities: ["read", "update"] },
    { path: `auth/${peerLoginPath("*")}`, capabilities: manage },
    { path: "sys/mounts", capabilities: ["read"] },
    { path: `sys/mounts/${secretMount}`, capabilities: manage },
    { path: `sys/mounts/${secretMount}/tune`, capabilities: ["create", "read", "update"] },
    ...["consumer-*", "external-secrets", "link-operator", "links", peerIdentity("*")].map(managedPolicy),
    ...(ownsServers ? ownServerRules() : []),
  ]);
}

/** What Pulumi manages of servers that nobody else has anything on. */
function ownServerRules(): Rule[] {
  return [
    { path: "sys/auth/kubernetes", capabilities: [...manage, "sudo"] },
    { path: "sys/auth/kubernetes/tune", capabilities: ["create", "read", "update", "sudo"] },
    { path: "sys/mounts/auth/kubernetes", capabilities: ["read"] },
    { path: "sys/mounts/auth/kubernetes/tune", capabilities: ["read", "update"] },
    { path: "auth/kubernetes/config", capabilities: ["create", "read", "update"] },
    { path: "auth/kubernetes/role/*", capabilities: manage },
    managedPolicy("snapshot"),
    // A new version of the program may need more: then it changes this very policy.
    { path: "sys/policies/acl/pulumi", capabilities: ["read", "update"] },
    { path: "sys/audit", capabilities: ["read", "sudo"] },
    { path: "sys/audit/file", capabilities: ["create", "update", "delete", "sudo"] },
    { path: "sys/audit/stdout", capabilities: ["create", "update", "delete", "sudo"] },
    // What a re-key left for the case that its answer was lost: PGP messages to the operators.
    { path: "sys/rekey/backup", capabilities: ["read", "delete"] },
    { path: "sys/rekey/recovery-key-backup", capabilities: ["read", "delete"] },
    { path: "sys/storage/raft/autopilot/configuration", capabilities: ["read", "update", "create"] },
    { path: "sys/storage/raft/autopilot/state", capabilities: ["read"] },
  ];
}
