import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { readPeers, type KnownPeer } from "../../../config/peer-outputs.ts";
import { peerOutputs, signer, stackName, tokenIssuedAt } from "../../support/regions.ts";
import { startRuntime, type StackOutputs } from "../../support/runtime.ts";

type Peers = Parameters<typeof readPeers>[0];

/** Reads as the hub does, whose own outputs are none unless `stacks` has some. */
async function read(
  stacks: StackOutputs,
  peers: Peers = { edge: {} },
): Promise<Readonly<Record<string, KnownPeer>>> {
  await startRuntime({ stack: "hub", config: {}, stacks: { [stackName("hub")]: {}, ...stacks } });
  return readPeers(peers);
}

const said = {
  vaultAddress: "https://198.51.100.7:8200",
  vaultCaBundle: "-----BEGIN CERTIFICATE-----\nof the peer\n",
  linkAuth: "token",
  serviceAccountIssuer: signer,
  token: "a-token-for-its-peer",
  tokenIssue: { number: 1, issuedAt: tokenIssuedAt },
};
const remote = {
  address: "https://198.51.100.7:8200",
  login: { auth: "token", token: "an older one", issuedAt: tokenIssuedAt },
};

/** The one problem of a configuration, as people see it. */
function problem(received: string, allowed: string, remedy: string): { message: string } {
  return {
    message: `the configuration of stack "hub" has a problem:

  vault-federation:peers.edge
    received  ${received}
    allowed   ${allowed}
    remedy    ${remedy}
`,
  };
}

describe("What is known of a peer", () => {
  test("is nothing where there is no peer: no stack is read at all", async () => {
    await startRuntime({ stack: "hub", config: {}, stacks: {} });
    assert.deepEqual(await readPeers({}), {});
  });

  test("is that it is not up, at the first run", async () => {
    assert.deepEqual(await read({ [stackName("edge")]: {} }), {
      edge: { isUp: false, outputs: {}, remembered: {} },
    });
  });

  test("is what it says to this region, and nothing of what it says to others", async () => {
    const outputs = {
      ...peerOutputs("hub"),
      ...peerOutputs("another"),
      kubeconfig: { secret: "not for us" },
    };
    assert.deepEqual(await read({ [stackName("edge")]: outputs }), {
      edge: { isUp: true, outputs: said, remembered: {} },
    });
  });

  test("is what this stack remembers of it, and of no other", async () => {
    const own = {
      peerLink_edge: { secret: remote },
      peerTokenIssue_edge: { number: 3, issuedAt: tokenIssuedAt },
      peerIssuer_edge: signer,
      peerLink_other: { secret: { ...remote, address: "https://other.example.test" } },
    };
    const known = await read({ [stackName("hub")]: own, [stackName("edge")]: {} });
    assert.deepEqual(known.edge?.remembered, {
      remote,
      tokenIssue: { number: 3, issuedAt: tokenIssuedAt },
      issuer: signer,
    });
  });

  test("comes from the stack that the configuration names", async () => {
    const known = await read(
      { "acme/federation/edge": peerOutputs("hub") },
      { edge: { stack: "acme/federation/edge" } },
    );
    assert.deepEqual(known.edge?.outputs, said);
  });
});

describe("A peer can't be read", () => {
  test("whose stack does not exist", async () => {
    await assert.rejects(
      read({}),
      problem(
        'stack "organization/vault-federation/edge", of which the engine says: unknown stack "organization/vault-federation/edge"',
        "a stack that exists and can be read; it need not be up yet",
        "pulumi stack init edge, or pulumi config rm --stack hub --path 'vault-federation:peers.edge' to drop the link",
      ),
    );
  });

  for (const [title, output, stacks] of [
    [
      "whose token this run can't decrypt",
      "peerToken_hub",
      { [stackName("edge")]: peerOutputs("hub", { peerToken_hub: { secret: {} } }) },
    ],
    [
      "where this run can't decrypt what the stack itself remembers",
      "peerLink_edge",
      { [stackName("edge")]: {}, [stackName("hub")]: { peerLink_edge: { secret: {} } } },
    ],
  ] as const) {
    test(title, async () => {
      await assert.rejects(
        read(stacks),
        problem(
          `stack "organization/vault-federation/edge", but the secret output ${output} can't be decrypted`,
          "a stack whose secrets this run can decrypt",
          "set the passphrase (PULUMI_CONFIG_PASSPHRASE) or log in to the key service that both stacks use",
        ),
      );
    });
  }

  test("whose outputs have another form", async () => {
    await assert.rejects(
      read({ [stackName("edge")]: peerOutputs("hub", { peerToken_hub: { secret: ["a-hidden-token"] } }) }),
      (error: Error) => {
        assert.match(error.message, /whose outputs are not those of this program \(token: /);
        assert.match(error.message, /remedy {4}pulumi up --stack organization\/vault-federation\/edge/);
        assert.equal(error.message.includes("a-hidden-token"), false);
        return true;
      },
    );
  });

  test("without hiding the other peers that can't", async () => {
    await assert.rejects(
      read({}, { edge: {}, "edge-b": {} }),
      /has 2 problems:.*peers\.edge\n.*peers\.edge-b\n/s,
    );
  });
});
