import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  consumerPolicy,
  externalSecretsPolicy,
  peerPolicy,
  policyText,
  pulumiPolicy,
  snapshotPolicy,
} from "../../../../components/vault/policies.ts";

const cases = [
  [
    "a consumer lets it read the data of its paths, and nothing else",
    consumerPolicy(["otel/tls/*", "otel/client"]),
    ['secret/data/otel/client: "read"', 'secret/data/otel/tls/*: "read"'],
  ],
  ["a consumer without paths gives nothing", consumerPolicy([]), []],
  [
    "the External Secrets Operator lets it see its token, and read and write the shared paths",
    externalSecretsPolicy(["edge/status"]),
    [
      'auth/token/lookup-self: "read"',
      'secret/data/edge/status: "create", "read", "update"',
      'secret/metadata/edge/status: "create", "list", "read", "update"',
    ],
  ],
  [
    "the External Secrets Operator of a region without peers lets it see its token only",
    externalSecretsPolicy([]),
    ['auth/token/lookup-self: "read"'],
  ],
  [
    "a peer lets it write its paths and see whether it did, but list and delete nothing",
    peerPolicy(["edge/*", "status/edge"]),
    [
      'secret/data/edge/*: "create", "read", "update"',
      'secret/data/status/edge: "create", "read", "update"',
      'secret/metadata/edge/*: "create", "read", "update"',
      'secret/metadata/status/edge: "create", "read", "update"',
    ],
  ],
  [
    "the snapshot job lets it take a snapshot, and not put one back",
    snapshotPolicy(),
    ['sys/storage/raft/snapshot: "read"'],
  ],
  [
    "Pulumi lets it manage what the program makes, and read no secret",
    pulumiPolicy(),
    [
      'auth/kubernetes/*: "create", "delete", "list", "read", "update"',
      'auth/token/create: "update"',
      'auth/token/lookup-self: "read"',
      'auth/token/revoke-self: "update"',
      'auth/token/roles/*: "create", "delete", "read", "update"',
      'secret/config: "create", "delete", "read", "update"',
      'sys/audit: "read", "sudo"',
      'sys/audit/file: "create", "delete", "read", "sudo", "update"',
      'sys/audit/stdout: "create", "delete", "read", "sudo", "update"',
      'sys/auth: "read"',
      'sys/auth/kubernetes: "create", "delete", "read", "sudo", "update"',
      'sys/auth/kubernetes/tune: "create", "delete", "read", "sudo", "update"',
      'sys/mounts: "read"',
      'sys/mounts/auth/kubernetes: "read"',
      'sys/mounts/auth/kubernetes/tune: "read", "update"',
      'sys/mounts/secret: "create", "delete", "read", "update"',
      'sys/mounts/secret/tune: "create", "delete", "read", "update"',
      'sys/policies/acl/consumer-*: "create", "delete", "read", "update"',
      'sys/policies/acl/external-secrets: "create", "delete", "read", "update"',
      'sys/policies/acl/peer-*: "create", "delete", "read", "update"',
      'sys/policies/acl/pulumi: "read", "update"',
      'sys/policies/acl/snapshot: "create", "delete", "read", "update"',
      'sys/rekey/backup: "delete"',
      'sys/rekey/recovery-key-backup: "delete"',
      'sys/storage/raft/autopilot/configuration: "create", "read", "update"',
      'sys/storage/raft/autopilot/state: "read"',
    ],
  ],
] as const;

/** A policy's text from rules that are written in one line each. */
function textOf(rules: readonly string[]): string {
  return rules
    .map((rule) => rule.split(": "))
    .map(([path, capabilities]) => `path "${path}" {\n  capabilities = [${capabilities}]\n}`)
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
