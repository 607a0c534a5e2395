import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ownPushes } from "../../../../cli/commands/link-revoke.ts";
import { chosenPeers, peerNamed, peersIn } from "../../../../cli/links/region-links.ts";

const remote = { address: "https://vault.example.test", login: { auth: "jwt" } } as const;

describe("the peers of a region", () => {
  it("are those that its stack's outputs have a token or a Vault of", () => {
    const outputs = {
      peerTokenIssue_edge: {},
      "peerLink_edge-b": remote,
      kubeconfig: "x",
      peerToken_edge: "x",
    };
    assert.deepEqual(
      peersIn(outputs).map(({ peer, names, remote: vault, firstToken }) => [
        peer,
        names.store,
        vault,
        firstToken,
      ]),
      [
        ["edge", "vault-remote-edge", undefined, "x"],
        ["edge-b", "vault-remote-edge-b", remote, undefined],
      ],
    );
    assert.equal(peersIn({ peerLink_edge: remote })[0]?.names.store, "vault-remote");
  });

  it("have their links' names of those that the program named, also of peers that are not linked", () => {
    const peers = peersIn({ peers: ["edge", "edge-b"], peerLink_edge: remote });
    assert.deepEqual(
      peers.map(({ peer, names, remote: vault }) => [peer, names.store, vault]),
      [
        ["edge", "vault-remote-edge", remote],
        ["edge-b", "vault-remote-edge-b", undefined],
      ],
    );
    assert.deepEqual(peersIn({ peers: [] }), []);
  });

  it("must be there where all are asked for", () => {
    assert.throws(() => chosenPeers({ peers: [] }, "hub", undefined), /stack hub has no peers\. Name them/);
  });

  it("are named in the refusal of one that is none of them", () => {
    const peers = peersIn({ peerLink_edge: remote, "peerLink_edge-b": remote });
    assert.equal(peerNamed({ peers }, "hub", "edge-b").peer, "edge-b");
    assert.throws(() => peerNamed({ peers }, "hub", "west"), {
      message:
        "stack hub has no peer west; it has edge, edge-b. " +
        "Name it in vault-federation:peers and run `pulumi up --stack hub`.",
      exitCode: 1,
    });
  });
});

it("After a revocation it is said what goes on, and how to end that too", () => {
  const [linked] = peersIn({ peerLink_edge: remote });
  const [unlinked] = peersIn({ peerTokenIssue_edge: {} });
  assert.ok(linked !== undefined && unlinked !== undefined);
  assert.equal(
    ownPushes("hub", linked),
    "hub goes on pushing its own secrets to edge. To end that too, remove edge from vault-federation:peers in " +
      "Pulumi.hub.yaml and run `pulumi up --stack hub`",
  );
  assert.equal(ownPushes("hub", unlinked), "hub pushes nothing to edge: there is no link in that direction");
});
