import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  consumerPolicy,
  externalSecretsPolicy,
  linksPolicy,
  linkOperatorPolicy,
  peerPolicy,
  policyText,
  pulumiPolicy,
  snapshotPolicy,
} from "../../../../components/vault/policies.ts";

const self = ['auth/token/lookup-self: "read"', 'auth/token/revoke-self: "update"'];

/** What Pulumi may do in every Vault. */
const pulumiRules = [
  'auth/jwt-*: "create", "delete", "read", "update"',
  'auth/token/create: "update"',
  'auth/token/create/peer-*: "update"',
  'auth/token/lookup-accessor: "update"',
  'auth/token/lookup-self: "read"',
  'auth/token/revoke-accessor: "update"',
  'auth/token/revoke-self: "update"',
  'auth/token/roles/peer-*: "create", "delete", "read", "update"',
  'secret/data/peer-tokens/*: "create", "update"',
  'secret/metadata/peer-tokens/*: "create", "delete", "update"',
  'sys/auth: "read"',
  'sys/auth/jwt-*: "create", "delete", "read", "sudo", "update"',
  'sys/mounts: "read"',
  'sys/mounts/auth/jwt-*: "read", "update"',
  'sys/mounts/secret: "create", "delete", "read", "update"',
  'sys/mounts/secret/tune: "create", "read", "update"',
  'sys/policies/acl/consumer-*: "create", "delete", "read", "update"',
  'sys/policies/acl/external-secrets: "create", "delete", "read", "update"',
  'sys/policies/acl/link-operator: "create", "delete", "read", "update"',
  'sys/policies/acl/links: "create", "delete", "read", "update"',
  'sys/policies/acl/peer-*: "create", "delete", "read", "update"',
] as const;

const peerTokens = [
  'secret/data/peer-tokens/edge: "create", "read", "update"',
  'secret/metadata/peer-tokens/edge: "create", "read", "update"; "custom_metadata"',
];

const cases = [
  [
    "a consumer lets it read the data of its paths, and nothing else",
    consumerPolicy(["otel/tls/*", "otel/client"]),
    [
      'auth/token/lookup-self: "read"',
      'auth/token/renew-self: "update"',
      'auth/token/revoke-self: "update"',
      'secret/data/otel/client: "read"',
      'secret/data/otel/tls/*: "read"',
    ],
  ],
  [
    "the External Secrets Operator lets it push, read and look for what it is told, and nothing of peers' tokens",
    externalSecretsPolicy({ writes: ["hub/status"], reads: ["shared/a/edge"], lists: ["shared/a"] }),
    [
      ...self,
      'secret/data/hub/status: "create", "read", "update"',
      'secret/data/shared/a/edge: "read"',
      'secret/metadata/hub/status: "create", "read", "update"; "custom_metadata"',
      'secret/metadata/shared/a: "list"',
    ],
  ],
  [
    "the External Secrets Operator of a region on its own lets it see and end its token only",
    externalSecretsPolicy({ writes: [], reads: [], lists: [] }),
    self,
  ],
  [
    "links lets them read the tokens that lead to peers, and mint those of peers",
    linksPolicy(["edge", "edge-b"]),
    [
      'auth/token/create/peer-edge: "update"',
      'auth/token/create/peer-edge-b: "update"',
      ...self,
      'secret/data/peer-tokens/edge: "read"',
      'secret/data/peer-tokens/edge-b: "read"',
    ],
  ],
  [
    "a peer lets it push to its paths and to its token's, but list, delete and shorten nothing",
    peerPolicy("edge", ["edge/status", "shared/a/edge"]),
    [
      ...self,
      'secret/data/edge/status: "create", "read", "update"',
      peerTokens[0] ?? "",
      'secret/data/shared/a/edge: "create", "read", "update"',
      'secret/metadata/edge/status: "create", "read", "update"; "custom_metadata"',
      peerTokens[1] ?? "",
      'secret/metadata/shared/a/edge: "create", "read", "update"; "custom_metadata"',
    ],
  ],
  [
    "a peer that is the home of nothing lets it push its token only",
    peerPolicy("edge", []),
    [...self, ...peerTokens],
  ],
  [
    "the snapshot job lets it take a snapshot, and not put one back",
    snapshotPolicy(),
    ['auth/token/revoke-self: "update"', 'sys/storage/raft/snapshot: "read"'],
  ],
  [
    "the operator of links lets it cut peers off, and nothing else",
    linkOperatorPolicy(["edge"]),
    [
      'auth/jwt-edge/role/peer-edge: "delete"',
      'auth/token/revoke-self: "update"',
      'auth/token/roles/peer-*: "delete"',
      'sys/leases/revoke-prefix/auth/jwt-edge/login: "sudo", "update"',
      'sys/leases/revoke-prefix/auth/token/create/peer-*: "sudo", "update"',
    ],
  ],
  [
    "Pulumi in a Vault of others lets it manage what the program makes, read no secret, and touch nothing of theirs",
    pulumiPolicy({ ownsServers: false }),
    pulumiRules,
  ],
  [
    "Pulumi lets it manage the region's own servers, too",
    pulumiPolicy({ ownsServers: true }),
    [
      ...pulumiRules,
      'auth/kubernetes/config: "create", "read", "update"',
      'auth/kubernetes/role/*: "create", "delete", "read", "update"',
      'sys/audit: "read", "sudo"',
      'sys/audit/file: "create", "delete", "sudo", "update"',
      'sys/audit/stdout: "create", "delete", "sudo", "update"',
      'sys/auth/kubernetes: "create", "delete", "read", "sudo", "update"',
      'sys/auth/kubernetes/tune: "create", "read", "sudo", "update"',
      'sys/mounts/auth/kubernetes: "read"',
      'sys/mounts/auth/kubernetes/tune: "read", "update"',
      'sys/policies/acl/pulumi: "read", "update"',
      'sys/policies/acl/snapshot: "create", "delete", "read", "update"',
      'sys/rekey/backup: "delete", "read"',
      'sys/rekey/recovery-key-backup: "delete", "read"',
      'sys/storage/raft/autopilot/configuration: "create", "read", "update"',
      'sys/storage/raft/autopilot/state: "read"',
    ],
  ],
] as const;

/** A policy's text from rules that are written in one line each. */
function textOf(rules: readonly string[]): string {
  return rules
    .map((rule) => rule.split(": "))
    .map(([path, granted]) => {
      const [capabilities, parameter] = String(granted).split("; ");
      const restriction = parameter === undefined ? "" : `\n  allowed_parameters = { ${parameter} = [] }`;
      return `path "${String(path)}" {\n  capabilities = [${String(capabilities)}]${restriction}\n}`;
    })
    .sort()
    .join("\n\n");
}

describe("The policy of", () => {
  for (const [title, policy, rules] of cases) {
    test(title, () => {
      assert.equal(policy, textOf(rules));
    });
  }
});

test("No policy has a wildcard in the place of a whole mount or of a whole segment in the middle", () => {
  for (const [, policy] of cases) {
    assert.doesNotMatch(policy, /path "(\*|\w+\/\*|secret\/(data|metadata)\/\*|[^"]*\+[^"]*|[^"]*\*[^"]+)"/);
  }
});

test("A policy's text quotes its paths, so that none can end the rule it is in", () => {
  assert.equal(
    policyText([{ path: 'a" { capabilities = ["sudo"] }', capabilities: ["read"] }]),
    'path "a\\" { capabilities = [\\"sudo\\"] }" {\n  capabilities = ["read"]\n}',
  );
});
