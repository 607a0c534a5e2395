import assert from "node:assert/strict";
import { Agent } from "node:https";
import { describe, it } from "node:test";

import { V1ObjectMeta } from "@kubernetes/client-node";

import { VaultClient } from "../../../../components/vault/api/vault-client.ts";
import { failureOf, type SyncedObject } from "../../../../cli/external-secrets/synced-object.ts";
import { peersIn } from "../../../../cli/links/region-links.ts";
import { durationInWords } from "../../../../cli/links/duration.ts";
import { renderLink } from "../../../../cli/links/render.ts";
import { tokenSources } from "../../../../cli/links/token-supply.ts";
import {
  linkProblems,
  mintedLife,
  pushesTo,
  pushStatus,
  type LinkStatus,
} from "../../../../cli/links/status.ts";

const remote = { address: "https://vault.example.test", login: { auth: "jwt" } } as const;

/** A link in order. */
const healthy: LinkStatus = {
  peer: "edge",
  link: "token",
  outgoing: { state: "valid", ageSeconds: 3_600, remainingSeconds: 2_761_200 },
  incoming: { state: "valid", ageSeconds: 59, remainingSeconds: 90_000 },
  sources: [
    { name: "external-secrets/vault-remote-token", failure: "" },
    { name: "external-secrets/peer-token-edge", intervalSeconds: 86_400, failure: "" },
  ],
  pushes: [{ name: "secret-sources/a", paths: ["a"], lastSync: "2026-11-01T12:00:00Z", failure: "" }],
  secrets: [
    { path: "a", here: { version: 3, hash: "x" }, there: { version: 2, hash: "x" }, verdict: "equal" },
  ],
};

function push(name: string, store: string, status: SyncedObject["status"]): SyncedObject {
  const remoteRef = { remoteKey: `path/${name}` };
  return {
    metadata: Object.assign(new V1ObjectMeta(), { name, namespace: "secret-sources" }),
    spec: { secretStoreRefs: [{ name: store }], data: [{ match: { remoteRef } }, { match: { remoteRef } }] },
    status,
  };
}

describe("pushes to a peer", () => {
  const ready = { type: "Ready", status: "True" };

  it("are those to the peer's store, by name, with when they wrote something last and why they do not now", () => {
    const [linked] = peersIn({ peerLink_edge: remote });
    assert.ok(linked);
    const pushes = [
      push("late", "vault-remote", {
        refreshTime: "2026-11-01T12:00:00Z",
        syncedPushSecrets: { "ClusterSecretStore/vault-remote": {} },
        conditions: [ready],
      }),
      // Looked at, and there was nothing to write.
      push("empty", "vault-remote", {
        refreshTime: "2026-11-01T12:00:00Z",
        syncedPushSecrets: {},
        conditions: [ready],
      }),
      push("broken", "vault-remote", { conditions: [{ type: "Ready", status: "False", message: "no way" }] }),
      push("elsewhere", "vault-local", { conditions: [ready] }),
    ];
    assert.deepEqual(pushesTo(linked, pushes).map(pushStatus), [
      { name: "secret-sources/broken", paths: ["path/broken"], lastSync: undefined, failure: "no way" },
      { name: "secret-sources/empty", paths: ["path/empty"], lastSync: undefined, failure: "" },
      { name: "secret-sources/late", paths: ["path/late"], lastSync: "2026-11-01T12:00:00Z", failure: "" },
    ]);
  });

  it("that nobody has looked at are not taken for good", () => {
    assert.equal(failureOf({}), "External Secrets has not looked at it yet");
  });
});

describe("what a link's tokens come from", () => {
  const token = { ...remote, login: { auth: "token", token: "x", issuedAt: "" } };
  const external = (
    name: string,
    status: SyncedObject["status"],
    namespace = "external-secrets",
  ): SyncedObject => ({
    metadata: Object.assign(new V1ObjectMeta(), { name, namespace }),
    spec: { refreshInterval: "24h0m0s" },
    status,
  });

  it("is said with the interval of what mints, and with why one does not work or is not there", () => {
    const [linked] = peersIn({ peerLink_edge: token, peerTokenIssue_edge: {} });
    assert.ok(linked);
    const externals = [
      external("peer-token-edge", { conditions: [{ type: "Ready", status: "False", message: "no role" }] }),
      external("vault-remote-token", { conditions: [{ type: "Ready", status: "True" }] }, "elsewhere"),
    ];
    assert.deepEqual(tokenSources(linked, externals), [
      {
        name: "external-secrets/vault-remote-token",
        intervalSeconds: undefined,
        failure: "there is no ExternalSecret external-secrets/vault-remote-token; run `pulumi up`",
      },
      { name: "external-secrets/peer-token-edge", intervalSeconds: 86_400, failure: "no role" },
    ]);
  });

  it("is told as absent where the region's Vault has a role for it, and else not at all", async () => {
    const links = {
      vault: new VaultClient({ name: "vault-0", host: "localhost", agent: new Agent() }),
      cluster: { secretValue: () => Promise.resolve(undefined) },
    };
    const lives = [
      { peerLink_edge: token, peerTokenIssue_edge: {} },
      { peerLink_edge: token },
      { peerTokenIssue_edge: {} },
    ]
      .flatMap(peersIn)
      .map((linked) => mintedLife(links, linked, 0));
    assert.deepEqual(await Promise.all(lives), [{ state: "absent" }, undefined, undefined]);
  });

  it("is nothing before there is a link, and where nobody has tokens", () => {
    for (const outputs of [{ peerTokenIssue_edge: {} }, { peerLink_edge: remote }]) {
      const [linked] = peersIn(outputs);
      assert.ok(linked);
      assert.deepEqual(tokenSources(linked, []), []);
    }
  });
});

describe("a link", () => {
  it("has no problems when its tokens live, its pushes work, and both Vaults have the same", () => {
    assert.deepEqual(linkProblems(healthy), []);
    assert.equal(
      renderLink(healthy),
      [
        "edge: link by token",
        "  token to edge: 60m old, 31d left",
        "  token of edge: 59s old, 25h left",
        "  push secret-sources/a: 2026-11-01T12:00:00Z",
        "  secret a: equal (version 3 here, 2 there)",
      ].join("\n"),
    );
  });

  for (const [title, change, problem] of [
    ["that is not there", { link: "none" }, /no link to edge yet; run `pulumi up` in both/],
    ["whose token is refused", { outgoing: { state: "refused" } }, /token that leads to edge is refused/],
    [
      "whose peer turns its login down",
      { link: "jwt", outgoing: { state: "refused" } },
      /login by JWT at edge is refused/,
    ],
    ["whose peer has no token", { incoming: { state: "absent" } }, /token of edge is absent/],
    [
      "whose peer does not answer",
      { outgoing: { state: "unknown", reason: "no route" } },
      /unknown: no route/,
    ],
    [
      "that mints no tokens any more",
      { sources: [{ name: "external-secrets/peer-token-edge", failure: "no role" }] },
      /external-secrets\/peer-token-edge: no role/,
    ],
    [
      "whose token has missed its rotation twice",
      { incoming: { state: "valid", ageSeconds: 172_801, remainingSeconds: 90_000 } },
      /token of edge is 2d old, although a fresh one is due every 24h; run `vfed link rotate`/,
    ],
    ["with a push that fails", { pushes: [{ name: "n/a", paths: [], failure: "denied" }] }, /n\/a: denied/],
    [
      "with a difference",
      { secrets: [{ path: "a", here: { version: 1, hash: "x" }, there: {}, verdict: "different" }] },
      /a is not the same there/,
    ],
    [
      "with a secret that can't be read",
      { secrets: [{ path: "a", here: { unknown: "403" }, there: {}, verdict: "unknown" }] },
      /a is not known: 403/,
    ],
  ] as const) {
    it(`${title} has that as its only problem`, () => {
      const found = linkProblems({ ...healthy, ...(change as Partial<LinkStatus>) });
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", problem);
      assert.match(renderLink({ ...healthy, ...(change as Partial<LinkStatus>) }), /\n {2}! /);
    });
  }
});

it("A length of time is said in the largest unit of which there are two", () => {
  assert.deepEqual([0, 119, 120, 7_199, 7_200, 172_799, 172_800].map(durationInWords), [
    "0s",
    "119s",
    "2m",
    "119m",
    "2h",
    "47h",
    "2d",
  ]);
});
