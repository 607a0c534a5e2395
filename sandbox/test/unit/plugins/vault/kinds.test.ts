import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Properties } from "../../../../plugins/frame/values.ts";
import { decodeTokenFields } from "../../../../plugins/vault/auth/token-fields.ts";
import { secondsOf } from "../../../../plugins/vault/endpoint.ts";
import { canonicalJson } from "../../../../plugins/vault/kv/json.ts";
import { VaultProvider } from "../../../../plugins/vault/provider.ts";

const COMMON = {
  urn: "urn:pulumi:dev::p::t::n",
  name: "n",
  signal: new AbortController().signal,
  report: () => undefined,
  warn: () => undefined,
};

function handler(type: string) {
  const found = new VaultProvider({}).resources.get(type);
  assert.ok(found);
  return found;
}

function check(type: string, newInputs: Properties) {
  const request = { oldInputs: undefined, randomSeed: new Uint8Array(), autonaming: undefined };
  return handler(type).check({ ...COMMON, ...request, type, newInputs });
}

/** Paths that differ between a state and what the program wants, with `!` for those that need a new resource. */
function changes(type: string, oldOutputs: Properties, wanted: Properties): readonly string[] {
  const { inputs: newInputs } = check(type, wanted);
  const request = { id: "x", oldInputs: {}, ignoreChanges: [] };
  const difference = handler(type).diff({ ...COMMON, ...request, type, oldOutputs, newInputs });
  return [...difference.changes].map(([path, { replaces }]) => (replaces ? `${path}!` : path)).toSorted();
}

const MOUNT = "vault:index/mount:Mount";
const POLICY = "vault:index/policy:Policy";
const AUDIT = "vault:index/audit:Audit";
const TOKEN = "vault:index/token:Token";
const AUTH = "vault:index/authBackend:AuthBackend";
const AUTOPILOT = "vault:index/raftAutopilot:RaftAutopilot";
const CONFIG = "vault:kubernetes/authBackendConfig:AuthBackendConfig";
const ROLE = "vault:kubernetes/authBackendRole:AuthBackendRole";
const TOKENS = "vault:tokenauth/authBackendRole:AuthBackendRole";
const JWT = "vault:jwt/authBackend:AuthBackend";
const SECRET = "vault:kv/secretV2:SecretV2";

describe("changes of Vault resources", () => {
  const role = { roleName: "a", boundServiceAccountNames: ["x"] };
  const roleState = {
    ...role,
    backend: "kubernetes",
    tokenType: "default",
    aliasNameSource: "serviceaccount_uid",
  };
  const cases: readonly (readonly [
    title: string,
    type: string,
    state: Properties,
    wanted: Properties,
    paths: readonly string[],
  ])[] = [
    ["a mount moves in place", MOUNT, { path: "a", type: "kv" }, { path: "b", type: "kv" }, ["path"]],
    [
      "a mount of another type is a new one",
      MOUNT,
      { path: "a", type: "kv" },
      { path: "a", type: "pki" },
      ["type!"],
    ],
    [
      "a mount's lifetimes are Vault's unless they are given",
      MOUNT,
      { path: "a", type: "kv", maxLeaseTtlSeconds: 60, sealWrap: false, accessor: "kv_1" },
      { path: "a", type: "kv" },
      [],
    ],
    [
      "a policy's text changes in place, its name does not",
      POLICY,
      { name: "a", policy: "x" },
      { name: "b", policy: "y" },
      ["name!", "policy"],
    ],
    [
      "every change of an audit device makes a new one",
      AUDIT,
      { type: "file", path: "file", description: "", options: { file_path: "discard" } },
      { type: "file", path: "file", description: "all", options: { file_path: "stdout", mode: "0600" } },
      ["description!", "options.file_path!", "options.mode!"],
    ],
    [
      "an auth method moves in place, and is new if its type is",
      AUTH,
      { type: "kubernetes", path: "a", tune: {} },
      { type: "jwt", path: "b" },
      ["path", "type!"],
    ],
    [
      "a role is the same if its accounts are named in another order",
      ROLE,
      { ...roleState, boundServiceAccountNames: ["x", "y"] },
      { ...role, boundServiceAccountNames: ["y", "x"] },
      [],
    ],
    [
      "a role in another auth method is a new one",
      ROLE,
      roleState,
      { ...role, backend: "/far/" },
      ["backend!"],
    ],
    [
      "a token that lives longer is a new one, when it is renewed is not",
      TOKEN,
      { displayName: "token", ttl: "1h", policies: ["a"], renewable: true, noParent: true, numUses: 0 },
      { ttl: "2h", renewMinLease: 60 },
      ["renewMinLease", "ttl!"],
    ],
    [
      "a duration that is written otherwise than Vault writes it is a change",
      AUTOPILOT,
      {
        cleanupDeadServers: false,
        deadServerLastContactThreshold: "24h0m0s",
        lastContactThreshold: "10s",
        maxTrailingLogs: 1000,
        minQuorum: 3,
        serverStabilizationTime: "10s",
      },
      { deadServerLastContactThreshold: "24h" },
      ["deadServerLastContactThreshold"],
    ],
    [
      "a token that is only written changes with its version",
      CONFIG,
      { backend: "kubernetes", kubernetesHost: "h", tokenReviewerJwtWoVersion: 1 },
      { kubernetesHost: "h", tokenReviewerJwtWo: "new", tokenReviewerJwtWoVersion: 2 },
      ["tokenReviewerJwtWoVersion"],
    ],
    [
      "data that is only written changes with its version",
      SECRET,
      { mount: "a", name: "b", disableRead: false, deleteAllVersions: false, dataJsonWoVersion: 1 },
      { mount: "a", name: "b", dataJsonWo: '{"new":1}', dataJsonWoVersion: 1 },
      [],
    ],
    [
      "data is the same if its JSON is laid out otherwise",
      SECRET,
      {
        mount: "a",
        name: "b",
        disableRead: false,
        deleteAllVersions: false,
        dataJson: '{"a":[1],"b":{"c":2}}',
      },
      { mount: "a", name: "b", dataJson: '{ "b": {"c": 2}, "a": [ 1 ] }' },
      [],
    ],
  ];
  for (const [title, type, state, wanted, paths] of cases) {
    it(title, () => {
      assert.deepEqual(changes(type, state, wanted), paths);
    });
  }
});

describe("inputs of Vault resources", () => {
  const cases: readonly (readonly [title: string, type: string, inputs: Properties, reason: RegExp])[] = [
    [
      "a policy's name is lower case",
      POLICY,
      { name: "Reader", policy: "x" },
      /must be lower case.*"Reader"/,
    ],
    ["namespaces are refused", MOUNT, { path: "a", type: "kv", namespace: "x" }, /is for Vault Enterprise/],
    [
      "a role of tokens has no policies of its own",
      TOKENS,
      { roleName: "a", tokenPolicies: ["x"] },
      /does not exist/,
    ],
    [
      "keys of JWTs come from one source",
      JWT,
      { jwksUrl: "https://a", jwtValidationPubkeys: ["b"] },
      /exactly one of .*, but jwksUrl and jwtValidationPubkeys is/,
    ],
    ["keys of JWTs come from somewhere", JWT, {}, /exactly one of .*, but none is/],
    ["a secret has data", SECRET, { mount: "a", name: "b" }, /exactly one of dataJson and dataJsonWo/],
    [
      "a secret's data is an object",
      SECRET,
      { mount: "a", name: "b", dataJson: "[hush]" },
      /must be the JSON text/,
    ],
  ];
  for (const [title, type, inputs, reason] of cases) {
    it(`are checked: ${title}`, () => {
      const [failure, ...others] = check(type, inputs).failures ?? [];
      assert.match(failure?.reason ?? "", reason);
      assert.equal(failure?.reason.includes("hush"), false);
      assert.deepEqual(others, []);
    });
  }

  it("get the official plugin's defaults", () => {
    assert.deepEqual(check(TOKENS, { roleName: "a" }).inputs, {
      roleName: "a",
      orphan: false,
      renewable: true,
      pathSuffix: "",
      tokenType: "default-service",
    });
  });
});

describe("what Vault answers", () => {
  for (const [duration, seconds] of [
    ["24h0m0s", 86_400],
    ["1h30m", 5400],
    ["0s", 0],
    ["1.5s", 1.5],
    [90, 90],
  ] as const) {
    it(`is read as ${String(seconds)} seconds if it is ${String(duration)}`, () => {
      assert.equal(secondsOf(duration), seconds);
    });
  }

  it("gets the prefixes back that Vault takes off networks of one address", () => {
    const data = { token_bound_cidrs: ["192.0.2.1", "192.0.2.0/24", "2001:db8::1", "192.0.2.9"], other: 1 };
    assert.deepEqual(decodeTokenFields(data, { tokenBoundCidrs: ["192.0.2.9"] }), {
      token_bound_cidrs: ["192.0.2.1/32", "192.0.2.0/24", "2001:db8::1/128", "192.0.2.9"],
      other: 1,
    });
  });

  it("is written as JSON with sorted names", () => {
    assert.equal(canonicalJson('{"b": [{"d": 1, "c": null}], "a": "x"}'), '{"a":"x","b":[{"c":null,"d":1}]}');
    assert.equal(canonicalJson("no JSON"), "no JSON");
  });
});
