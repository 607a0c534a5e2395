import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";

import * as pulumi from "@pulumi/pulumi";

import { PeerLink } from "../../../../components/federation/peer-link.ts";
import { assertGolden, dump } from "../../../support/golden.ts";
import type { Recording } from "../../../support/record.ts";
import { peerOutputs, recordRegion, signer, stackName, tokenIssuedAt } from "../../../support/regions.ts";
import type { StackOutputs } from "../../../support/runtime.ts";

const edge = stackName("edge");
const linked: StackOutputs = { [edge]: peerOutputs("hub") };
/** What the hub says of a link at the end of an update. */
const remembered = {
  peerLink_edge: {
    secret: {
      address: "https://198.51.100.7:8200",
      caBundle: "-----BEGIN CERTIFICATE-----\nof the peer\n",
      login: { auth: "token", token: "a-token-for-its-peer", issuedAt: tokenIssuedAt },
    },
  },
  peerTokenIssue_edge: { number: 1, issuedAt: new Date().toISOString() },
};

function hub(stacks: StackOutputs, changes: object = {}, preview = false): Promise<Recording> {
  return recordRegion("hub", preview, { peers: { edge: {} }, ...changes }, stacks);
}

/** What of a recording belongs to the link, without the words of its state. */
async function linkOf(recording: Promise<Recording>): Promise<unknown> {
  return (await recording).registrations
    .filter(({ name }) => name.startsWith("federation-edge"))
    .map(({ type, name, inputs, options }) => ({ type, name, inputs, options }));
}

function namesOf({ registrations }: Recording, kind: string): unknown[] {
  return registrations
    .filter(({ type }) => type.endsWith(`:${kind}`))
    .map(({ inputs }) => (inputs.metadata as { name: string }).name);
}

test("The hub registers what was reviewed last with a peer that it is linked to", async () => {
  const { registrations, ...recording } = await hub(linked);
  const own = registrations.filter(({ name }) => name.startsWith("federation"));
  assertGolden(
    dump({ ...recording, registrations: own }),
    new URL("../../golden/hub-link.yaml", import.meta.url),
  );
});

describe("Each run says in one line how a link stands:", () => {
  const own = { [stackName("hub")]: remembered };
  for (const [title, stacks, level, line] of [
    ["that it is there", linked, "info", "link to edge: by token at https://198.51.100.7:8200"],
    [
      "what is missing while there is none",
      { [edge]: {} },
      "info",
      "no link to edge yet: stack edge has no outputs; run `pulumi up --stack edge`, then this one again",
    ],
    [
      "with a warning, that it is kept although the peer says nothing any more",
      { ...own, [edge]: {} },
      "warn",
      "link to edge is kept as it was, by token at https://198.51.100.7:8200, although stack edge has no outputs; " +
        "run `pulumi up --stack edge`, then this one again. To drop it, remove edge from vault-federation:peers",
    ],
  ] as const) {
    test(title, async () => {
      const said: { level: string; line: string; resource: unknown }[] = [];
      const methods = (["info", "warn"] as const).map((each) =>
        mock.method(pulumi.log, each, (text: string, resource?: pulumi.Resource) => {
          said.push({ level: each, line: text, resource });
          return Promise.resolve();
        }),
      );
      try {
        await hub(stacks);
      } finally {
        for (const method of methods) {
          method.mock.restore();
        }
      }
      assert.deepEqual(
        said.map((each) => ({ ...each, resource: each.resource instanceof PeerLink })),
        [{ level, line, resource: true }],
      );
    });
  }
});

describe("A link", () => {
  for (const preview of [false, true]) {
    test(`lets the peer in, but leads nowhere before the peer is up, ${preview ? "at a preview" : "in an update"}`, async () => {
      const recording = await hub({ [edge]: {} }, {}, preview);
      const types = recording.registrations.map(({ type }) => type);
      assert.ok(types.includes("vault:index/token:Token"));
      assert.deepEqual(namesOf(recording, "ClusterSecretStore"), ["vault-local", "vault-links"]);
      for (const kind of ["PushSecret", "ExternalSecret", "VaultDynamicSecret"]) {
        assert.deepEqual(namesOf(recording, kind), [], kind);
      }
      assert.equal("peerLink_edge" in recording.outputs, false);
      assert.equal("peerToken_edge" in recording.outputs, true);
    });
  }

  test("stays exactly as it was when the peer is destroyed", async () => {
    const own = { [stackName("hub")]: remembered };
    const after = hub({ ...own, [edge]: {} });
    assert.deepEqual(await linkOf(after), await linkOf(hub({ ...own, ...linked })));
    assert.deepEqual((await after).outputs.peerLink_edge, remembered.peerLink_edge);
  });

  test("is gone when the peer is no longer configured, whatever is remembered", async () => {
    const { registrations, outputs } = await hub({ [stackName("hub")]: remembered }, { peers: {} });
    assert.deepEqual(
      registrations.filter(({ name }) => name.startsWith("federation")),
      [],
    );
    assert.equal("peerLink_edge" in outputs, false);
  });

  test("has tokens that outlive the one that made them, with the peer's own policy alone", async () => {
    const { inputs } = (await hub(linked)).one(
      "vault:tokenauth/authBackendRole:AuthBackendRole",
      "federation-edge-grant-tokens",
    );
    assert.deepEqual(inputs, {
      allowedPolicies: ["peer-edge"],
      orphan: true,
      renewable: false,
      roleName: "peer-edge",
      tokenExplicitMaxTtl: 2_764_800,
      tokenNoDefaultPolicy: true,
    });
  });

  for (const [title, issue, expected] of [
    ["keeps the token that it exports as long as that lives", remembered.peerTokenIssue_edge, "1"],
    [
      "exports another token once the last one's life is over",
      { number: 1, issuedAt: "2020-01-01T00:00:00Z" },
      "2",
    ],
  ] as const) {
    test(title, async () => {
      const own = { [stackName("hub")]: { ...remembered, peerTokenIssue_edge: issue } };
      const { inputs } = (await hub({ ...own, ...linked })).one(
        "vault:index/token:Token",
        "federation-edge-grant-token",
      );
      assert.deepEqual(inputs.metadata, { issue: expected });
    });
  }

  test("writes the first token into the own Vault anew for each token that the peer exports, and for nothing else", async () => {
    const versionOf = async (stacks: StackOutputs): Promise<unknown> =>
      (await hub(stacks)).one("vault:kv/secretV2:SecretV2", "federation-edge-store-first-token").inputs
        .dataJsonWoVersion;
    const first = await versionOf(linked);
    assert.equal(first, Date.parse(tokenIssuedAt) / 1_000);
    const renewed = { peerTokenIssue_hub: { number: 2, issuedAt: "2026-12-03T12:00:00Z" } };
    assert.equal(
      await versionOf({ [edge]: peerOutputs("hub", renewed) }),
      Date.parse("2026-12-03T12:00:00Z") / 1_000,
    );
  });

  test("has its tokens from a store of its own, which no other namespace may use, with rights that workloads' secrets have not", async () => {
    const recording = await hub(linked);
    const { spec } = recording.one(
      "kubernetes:external-secrets.io/v1:ClusterSecretStore",
      "federation-link-store-local-store",
    ).inputs as { spec: { conditions: object; provider: { vault: { auth: { kubernetes: object } } } } };
    assert.deepEqual(spec.conditions, [{ namespaces: ["external-secrets"] }]);
    assert.equal((spec.provider.vault.auth.kubernetes as { role: string }).role, "links");
    const { inputs } = recording.one(
      "kubernetes:external-secrets.io/v1:ExternalSecret",
      "federation-edge-store-token",
    );
    assert.deepEqual((inputs.spec as { secretStoreRef: object }).secretStoreRef, {
      kind: "ClusterSecretStore",
      name: "vault-links",
    });
    const generator = recording.one(
      "kubernetes:generators.external-secrets.io/v1alpha1:VaultDynamicSecret",
      "federation-edge-rotation-generator",
    );
    assert.match(JSON.stringify(generator.inputs), /"role":"links"/);
    const policy = (name: string): unknown => recording.one("vault:index/policy:Policy", name).inputs.policy;
    assert.match(String(policy("federation-link-store-policy")), /secret\/data\/peer-tokens\/edge/);
    assert.doesNotMatch(String(policy("vault-access-external-secrets-policy")), /peer/);
  });

  test("has names with the peer's own where there are several peers", async () => {
    const recording = await hub(
      { ...linked, [stackName("edge-b")]: peerOutputs("hub") },
      { peers: { edge: {}, "edge-b": {} } },
    );
    assert.deepEqual(namesOf(recording, "ClusterSecretStore"), [
      "vault-local",
      "vault-remote-edge-b",
      "vault-remote-edge",
      "vault-links",
    ]);
    assert.deepEqual(namesOf(recording, "PushSecret"), ["peer-token-edge-b", "peer-token-edge"]);
    assert.deepEqual(namesOf(recording, "ExternalSecret").sort(), [
      "peer-token-edge",
      "peer-token-edge-b",
      "vault-remote-edge-b-token",
      "vault-remote-edge-token",
    ]);
  });

  test("lets a peer in by its pinned keys where that is how peers log in, without any token", async () => {
    const recording = await hub({ [edge]: peerOutputs("hub") }, { link: { auth: "jwt" } });
    assert.deepEqual(
      recording.one("vault:jwt/authBackend:AuthBackend", "federation-edge-grant-login").inputs,
      {
        path: "jwt-edge",
        description: "Service accounts of edge",
        boundIssuer: signer.issuer,
        jwtValidationPubkeys: signer.keys,
      },
    );
    const role = recording.one(
      "vault:jwt/authBackendRole:AuthBackendRole",
      "federation-edge-grant-login-role",
    );
    assert.deepEqual(role.inputs, {
      backend: "jwt-edge",
      roleName: "peer-edge",
      roleType: "jwt",
      userClaim: "sub",
      boundSubject: "system:serviceaccount:external-secrets:external-secrets",
      boundAudiences: ["vault-hub"],
      tokenPolicies: ["peer-edge"],
      tokenTtl: 600,
      tokenMaxTtl: 600,
      tokenNoDefaultPolicy: true,
    });
    for (const absent of ["vault:index/token:Token", "vault:tokenauth/authBackendRole:AuthBackendRole"]) {
      assert.equal(
        recording.registrations.some(({ type }) => type === absent),
        false,
        absent,
      );
    }
    assert.deepEqual(namesOf(recording, "PushSecret"), []);
    assert.equal("peerToken_edge" in recording.outputs, false);
    assert.deepEqual(recording.outputs.peerIssuer_edge, signer);
  });

  test("keeps a peer's pinned keys when the peer says nothing any more", async () => {
    const own = { [stackName("hub")]: { peerIssuer_edge: signer } };
    const recording = await hub({ ...own, [edge]: {} }, { link: { auth: "jwt" } });
    const { inputs } = recording.one("vault:jwt/authBackend:AuthBackend", "federation-edge-grant-login");
    assert.deepEqual(inputs.jwtValidationPubkeys, signer.keys);
  });

  test("goes by JWT to a peer that lets regions in so, with an audience that only the peer accepts", async () => {
    const recording = await hub({
      [edge]: { vaultAddress: "https://198.51.100.7:8200", linkAuth: "jwt", peerIssuer_hub: signer },
    });
    const store = recording.one(
      "kubernetes:external-secrets.io/v1:ClusterSecretStore",
      "federation-edge-store-vault-store",
    );
    const { provider } = store.inputs.spec as { provider: { vault: Record<string, unknown> } };
    assert.deepEqual(provider.vault, {
      server: "https://198.51.100.7:8200",
      path: "secret",
      version: "v2",
      auth: {
        jwt: {
          path: "jwt-hub",
          role: "peer-hub",
          kubernetesServiceAccountToken: {
            serviceAccountRef: {
              name: "external-secrets",
              namespace: "external-secrets",
              audiences: ["vault-edge"],
            },
          },
        },
      },
    });
    assert.equal(
      recording.registrations.some(({ type }) => type === "vault:kv/secretV2:SecretV2"),
      false,
    );
  });
});
