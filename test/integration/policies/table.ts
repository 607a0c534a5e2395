import { pulumiPolicy } from "../../../components/vault/policies.ts";

/** One request of one identity, and what Vault must answer. */
export interface Row {
  readonly who: Identity;
  readonly method: "GET" | "LIST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: object;
  readonly status: number;
}

/** Everybody who has a policy. */
export type Identity =
  | "consumer-otel"
  | "consumer-shop"
  | "external-secrets"
  | "link-operator"
  | "links"
  | "peer-edge-a"
  | "peer-edge-b"
  | "pulumi"
  | "snapshot";

type Request = readonly [method: Row["method"], path: string, body?: object];

const value = { data: { key: "value" } };
const mark = { custom_metadata: { "managed-by": "external-secrets" } };
const deny = { policy: 'path "nothing" {\n  capabilities = ["deny"]\n}' };
const everything = {
  policy: 'path "*" {\n  capabilities = ["create", "read", "update", "delete", "list", "sudo"]\n}',
};
/** A token of anybody, to look up or to end. */
const accessor = { accessor: "<accessor>" };

const look: Request = ["GET", "auth/token/lookup-self"];

/** The secrets that the hub of this test shares, as its stack file would have them. */
export const sharedSecrets = {
  "hub/one": { home: "hub" },
  "edge-a/one": { home: "edge-a" },
  "edge-b/one": { home: "edge-b" },
  "merged/one": { writers: ["hub", "edge-a", "edge-b"] },
  // Of these the hub's Vault holds nothing: they are between the edges.
  "edge-a/apart": { home: "edge-a", regions: ["edge-b"] },
  "merged/apart": { writers: ["edge-a", "edge-b"], regions: [] },
};

/** Where those would be that the hub's Vault does not hold. */
const apart = ["edge-a/apart", "merged/apart", "shared/merged/apart/edge-a", "shared/merged/apart/edge-b"];

/** Where everybody may write. */
const writable = {
  external: ["hub/one", "merged/one", "shared/merged/one/hub"],
  "edge-a": ["edge-a/one", "shared/merged/one/edge-a", "peer-tokens/edge-a"],
  "edge-b": ["edge-b/one", "shared/merged/one/edge-b", "peer-tokens/edge-b"],
} as const;

/** The paths that the test's region has secrets at. */
export const secretPaths: readonly string[] = [
  ...Object.values(writable).flat(),
  "otel/client",
  "otel/tls/one",
  "shop/database",
  "elsewhere",
];

function push(path: string): Request[] {
  return [
    ["GET", `secret/data/${path}`],
    ["GET", `secret/metadata/${path}`],
    ["PUT", `secret/metadata/${path}`, mark],
    ["PUT", `secret/data/${path}`, value],
  ];
}

/** All that could be tried at a path. */
function touch(path: string): Request[] {
  return [
    ...push(path),
    ["DELETE", `secret/data/${path}`],
    ["DELETE", `secret/metadata/${path}`],
    ["PUT", `secret/delete/${path}`, { versions: [1] }],
    ["PUT", `secret/destroy/${path}`, { versions: [1] }],
  ];
}

/** What nobody may but whoever makes policies. */
const power: readonly Request[] = [
  ["LIST", "secret/metadata/"],
  ["GET", "secret/config"],
  ["PUT", "secret/config", { max_versions: 1 }],
  ["PUT", "auth/token/create", { policies: ["root"] }],
  ["PUT", "auth/token/create", {}],
  ["PUT", "auth/token/create-orphan", {}],
  ["PUT", "auth/token/lookup-accessor", accessor],
  ["PUT", "auth/token/revoke-accessor", accessor],
  ["LIST", "auth/token/accessors"],
  ["GET", "auth/token/roles/peer-edge-a"],
  ["PUT", "auth/token/roles/peer-edge-a", { allowed_policies: "root" }],
  ["GET", "sys/policies/acl/peer-edge-a"],
  ["PUT", "sys/policies/acl/peer-edge-a", everything],
  ["PUT", "auth/kubernetes/role/external-secrets", { token_policies: ["pulumi"] }],
  ["PUT", "auth/approle/role/pulumi/secret-id", {}],
  ["GET", "sys/mounts"],
  ["PUT", "sys/mounts/other", { type: "kv" }],
  ["GET", "sys/auth"],
  ["GET", "sys/audit"],
  ["DELETE", "sys/audit/file"],
  ["PUT", "sys/seal"],
  ["PUT", "sys/step-down"],
  ["PUT", "sys/rotate"],
  ["GET", "sys/raw/core/mounts"],
  ["GET", "sys/storage/raft/configuration"],
  ["PUT", "sys/leases/revoke-prefix/auth/token", {}],
  ["GET", "cubbyhole/anything"],
];

const raftSnapshot: Request = ["GET", "sys/storage/raft/snapshot"];
const revokePeer: Request = ["PUT", "sys/leases/revoke-prefix/auth/token/create/peer-edge-b", {}];

const permitted: Readonly<Record<Identity, readonly Request[]>> = {
  "consumer-otel": [look, ["PUT", "auth/token/renew-self", {}], ...reads("otel/client", "otel/tls/one")],
  "consumer-shop": [look, ["PUT", "auth/token/renew-self", {}], ...reads("shop/database")],
  "external-secrets": [
    look,
    ...writable.external.flatMap(push),
    ...reads("shared/merged/one/edge-a", "shared/merged/one/edge-b"),
    ["LIST", "secret/metadata/shared/merged/one/"],
  ],
  links: [
    look,
    ...reads("peer-tokens/edge-a", "peer-tokens/edge-b"),
    ["PUT", "auth/token/create/peer-edge-a", {}],
    ["PUT", "auth/token/create/peer-edge-b", {}],
  ],
  "peer-edge-a": [look, ...writable["edge-a"].flatMap(push)],
  "peer-edge-b": [look, ...writable["edge-b"].flatMap(push)],
  snapshot: [raftSnapshot],
  "link-operator": [
    revokePeer,
    ["DELETE", "auth/token/roles/peer-scratch"],
    ...["edge-a", "edge-b"].flatMap((peer): Request[] => [
      ["DELETE", `auth/jwt-${peer}/role/peer-${peer}`],
      ["PUT", `sys/leases/revoke-prefix/auth/jwt-${peer}/login`, {}],
    ]),
  ],
  pulumi: [
    look,
    ["PUT", "auth/token/create", {}],
    ["PUT", "auth/token/create/peer-edge-a", {}],
    ["PUT", "auth/token/lookup-accessor", accessor],
    ["PUT", "auth/token/revoke-accessor", accessor],
    ...managed("auth/token/roles/peer-scratch", { allowed_policies: "peer-scratch" }),
    ["PUT", "secret/data/peer-tokens/scratch", value],
    ["PUT", "secret/metadata/peer-tokens/scratch", mark],
    ["DELETE", "secret/metadata/peer-tokens/scratch"],
    ["GET", "sys/auth"],
    ["GET", "sys/mounts"],
    ["GET", "sys/auth/kubernetes"],
    ["GET", "sys/auth/kubernetes/tune"],
    ["PUT", "sys/auth/kubernetes/tune", { description: "pods" }],
    ["GET", "sys/mounts/auth/kubernetes"],
    ["GET", "sys/mounts/auth/kubernetes/tune"],
    ["PUT", "sys/mounts/auth/kubernetes/tune", { description: "pods" }],
    [
      "PUT",
      "auth/kubernetes/config",
      // Outside a pod Vault has no CA of the cluster's own.
      { kubernetes_host: "https://kubernetes.default.svc:443", disable_local_ca_jwt: true },
    ],
    ["GET", "auth/kubernetes/config"],
    ...managed("auth/kubernetes/role/scratch", {
      bound_service_account_names: "a",
      bound_service_account_namespaces: "b",
      audience: "vault",
    }),
    ["DELETE", "sys/auth/kubernetes"],
    ["PUT", "sys/auth/kubernetes", { type: "kubernetes" }],
    ["PUT", "sys/auth/jwt-scratch", { type: "jwt" }],
    ["GET", "sys/auth/jwt-scratch"],
    ["GET", "sys/mounts/auth/jwt-scratch"],
    ["PUT", "sys/mounts/auth/jwt-scratch/tune", { description: "a peer" }],
    [
      "PUT",
      "auth/jwt-scratch/role/peer-scratch",
      {
        role_type: "jwt",
        user_claim: "sub",
        bound_audiences: "vault-hub",
      },
    ],
    ["GET", "auth/jwt-scratch/role/peer-scratch"],
    ["DELETE", "auth/jwt-scratch/role/peer-scratch"],
    ["DELETE", "sys/auth/jwt-scratch"],
    ["GET", "sys/mounts/secret"],
    ["GET", "sys/mounts/secret/tune"],
    ["PUT", "sys/mounts/secret/tune", { description: "secrets" }],
    ["GET", "sys/policies/acl/pulumi"],
    ["PUT", "sys/policies/acl/pulumi", { policy: pulumiPolicy({ ownsServers: true }) }],
    ...["consumer-scratch", "peer-scratch", "snapshot", "external-secrets", "link-operator", "links"].flatMap(
      (name) => managed(`sys/policies/acl/${name}`, deny),
    ),
    ["GET", "sys/audit"],
    ...["file", "stdout"].flatMap((path): Request[] => [
      [
        "PUT",
        `sys/audit/${path}`,
        { type: "file", options: { file_path: path === "file" ? "discard" : path } },
      ],
      ["DELETE", `sys/audit/${path}`],
    ]),
    ["GET", "sys/storage/raft/autopilot/configuration"],
    ["PUT", "sys/storage/raft/autopilot/configuration", { cleanup_dead_servers: false }],
    ["GET", "sys/storage/raft/autopilot/state"],
    ["DELETE", "sys/rekey/backup"],
    ["DELETE", "sys/rekey/recovery-key-backup"],
    ["DELETE", "sys/mounts/secret"],
    ["PUT", "sys/mounts/secret", { type: "kv", options: { version: "2" } }],
  ],
};

const refused: Readonly<Record<Identity, readonly Request[]>> = {
  "consumer-otel": [
    ...power,
    ...writes("otel/client"),
    ...touch("shop/database"),
    ...touch("elsewhere"),
    ...touch("peer-tokens/edge-a"),
    ["LIST", "secret/metadata/otel/"],
    ["GET", "secret/metadata/otel/client"],
    ["PUT", "auth/token/create/peer-edge-a", {}],
    raftSnapshot,
    revokePeer,
  ],
  "consumer-shop": [...power, ...touch("otel/client"), ...touch("otel/tls/one"), ...writes("shop/database")],
  "external-secrets": [
    ...power,
    ...["elsewhere", ...apart].flatMap(touch),
    ...touch("edge-a/one"),
    ...writes("shared/merged/one/edge-a"),
    ...touch("peer-tokens/edge-a"),
    ...touch("peer-tokens/edge-b"),
    ["PUT", "auth/token/create/peer-edge-a", {}],
    ["DELETE", "secret/data/hub/one"],
    ["DELETE", "secret/metadata/hub/one"],
    ["PUT", "secret/metadata/hub/one", { max_versions: 1 }],
    ["LIST", "secret/metadata/shared/"],
    ["LIST", "secret/metadata/peer-tokens/"],
    ["PUT", "auth/token/create/peer-other", {}],
    ["PUT", "auth/token/renew-self", {}],
    raftSnapshot,
    revokePeer,
  ],
  links: [
    ...power,
    ...touch("elsewhere"),
    ...touch("hub/one"),
    ...touch("shared/merged/one/edge-a"),
    ...writes("peer-tokens/edge-a"),
    ["LIST", "secret/metadata/peer-tokens/"],
    ["PUT", "auth/token/create/peer-other", {}],
    ["PUT", "auth/token/renew-self", {}],
    raftSnapshot,
    revokePeer,
  ],
  "peer-edge-a": [...power, ...refusedToPeer("edge-a", "edge-b")],
  "peer-edge-b": [...power, ...refusedToPeer("edge-b", "edge-a")],
  snapshot: [
    ...power,
    look,
    ...touch("elsewhere"),
    ["PUT", "sys/storage/raft/snapshot", {}],
    ["PUT", "sys/storage/raft/snapshot-force", {}],
    revokePeer,
  ],
  "link-operator": [
    ...power,
    ...touch("elsewhere"),
    ...touch("peer-tokens/edge-a"),
    ["PUT", "auth/token/create/peer-edge-a", {}],
    ["DELETE", "auth/token/roles/other"],
    ["PUT", "sys/leases/revoke-prefix/auth/kubernetes", {}],
    ["PUT", "auth/jwt-edge-a/config", { bound_issuer: "https://other.example.test" }],
    ["PUT", "auth/jwt-edge-a/role/peer-edge-a", {}],
    ["DELETE", "auth/jwt-edge-a/role/another"],
    ["PUT", "sys/leases/revoke-force/auth/token/create/peer-edge-a", {}],
    raftSnapshot,
  ],
  pulumi: [
    ...touch("elsewhere"),
    ...touch("hub/one"),
    ["LIST", "secret/metadata/"],
    ["GET", "secret/data/peer-tokens/edge-a"],
    ["DELETE", "secret/data/peer-tokens/edge-a"],
    ["GET", "secret/metadata/peer-tokens/edge-a"],
    ["PUT", "auth/token/create-orphan", {}],
    ["PUT", "auth/token/create/other", {}],
    ["PUT", "auth/token/roles/other", { allowed_policies: "root" }],
    ["LIST", "auth/token/accessors"],
    ["GET", "secret/config"],
    ["PUT", "secret/config", { max_versions: 1 }],
    ["PUT", "sys/policies/acl/other", everything],
    ["DELETE", "sys/policies/acl/pulumi"],
    ["PUT", "auth/approle/role/pulumi/secret-id", {}],
    ["PUT", "sys/mounts/other", { type: "kv" }],
    ["PUT", "sys/auth/other", { type: "userpass" }],
    ["DELETE", "sys/audit/bootstrap"],
    ["PUT", "sys/seal"],
    ["PUT", "sys/step-down"],
    ["GET", "sys/storage/raft/configuration"],
    ["PUT", "sys/leases/revoke-prefix/auth/token", {}],
    raftSnapshot,
  ],
};

/** Requests that ask for more than the policy of the one who asks: Vault answers that they make no sense. */
const senseless: readonly Row[] = [
  ...(["links", "pulumi"] as const).flatMap((who): Row[] =>
    [["root"], ["pulumi"], ["peer-edge-b"], ["peer-edge-a", "default"]].map((policies) => ({
      who,
      method: "PUT",
      path: "auth/token/create/peer-edge-a",
      body: { policies },
      status: 400,
    })),
  ),
  {
    who: "pulumi",
    method: "PUT",
    path: "auth/token/create",
    body: { policies: ["root"] },
    status: 400,
  },
  {
    who: "pulumi",
    method: "PUT",
    path: "auth/token/create",
    body: { policies: ["external-secrets"] },
    status: 400,
  },
];

/** Requests that are allowed (else it were a 403), and find nothing as no re-key has left anything. */
export const fruitless: readonly Row[] = ["sys/rekey/backup", "sys/rekey/recovery-key-backup"].map(
  (path) => ({
    who: "pulumi",
    method: "GET",
    path,
    status: 400,
  }),
);

/** What everybody gives up at last. */
const revokeSelf: Request = ["PUT", "auth/token/revoke-self", {}];

/** Those whose permissions change what others need come last. */
const order: readonly Identity[] = [
  "consumer-otel",
  "consumer-shop",
  "peer-edge-a",
  "peer-edge-b",
  "external-secrets",
  "links",
  "snapshot",
  "link-operator",
  "pulumi",
];

/** All that is tried, in an order in which no row takes away what a later one needs. */
export const rows: readonly Row[] = [
  ...order.flatMap((who) => refused[who].map((request) => row(who, request, 403))),
  ...senseless,
  ...fruitless,
  ...order.flatMap((who) => [...permitted[who], revokeSelf].map((request) => row(who, request, 200))),
];

function row(who: Identity, [method, path, body]: Request, status: number): Row {
  return { who, method, path, status, ...(body === undefined ? {} : { body }) };
}

function reads(...paths: readonly string[]): Request[] {
  return paths.map((path) => ["GET", `secret/data/${path}`]);
}

/** What else could be tried at a path that may be read. */
function writes(path: string): Request[] {
  return touch(path).filter(([method, target]) => method !== "GET" || target !== `secret/data/${path}`);
}

function managed(path: string, body: object): Request[] {
  return [
    ["PUT", path, body],
    ["GET", path],
    ["DELETE", path],
  ];
}

function refusedToPeer(own: "edge-a" | "edge-b", other: "edge-a" | "edge-b"): Request[] {
  return [
    ...writable[other].flatMap(touch),
    ...["elsewhere", "hub/one", "merged/one", "shared/merged/one", "shared/merged/one/hub"].flatMap(touch),
    ...apart.flatMap(touch),
    ...writable[own].flatMap((path): Request[] => [
      ["DELETE", `secret/data/${path}`],
      ["DELETE", `secret/metadata/${path}`],
      ["PUT", `secret/delete/${path}`, { versions: [1] }],
      ["PUT", `secret/metadata/${path}`, { max_versions: 1 }],
      ["PUT", `secret/metadata/${path}`, { delete_version_after: "1s" }],
      ["PUT", `secret/data/${path}/below`, value],
    ]),
    ["LIST", "secret/metadata/shared/merged/one/"],
    ["LIST", "secret/metadata/peer-tokens/"],
    ["PUT", `auth/token/create/peer-${own}`, {}],
    ["PUT", `auth/token/create/peer-${other}`, {}],
    ["PUT", "auth/token/renew-self", {}],
    raftSnapshot,
    revokePeer,
  ];
}
