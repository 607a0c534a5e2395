import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { linkState, type LinkState } from "../../../../components/federation/link-state.ts";
import type { RemoteVault } from "../../../../config/contract.ts";
import type { KnownPeer } from "../../../../config/peer-outputs.ts";

const address = "https://vault.example.test:8200";
const issuedAt = "2026-11-01T12:00:00Z";
const said = {
  vaultAddress: address,
  vaultCaBundle: "a certificate",
  linkAuth: "token",
  token: "a token",
  tokenIssue: { number: 1, issuedAt },
} as const;
const remote: RemoteVault = {
  address,
  caBundle: "a certificate",
  login: { auth: "token", token: "a token", issuedAt },
};
const before: RemoteVault = { address: "https://old.example.test:8200", login: { auth: "jwt" } };

const notUp = "stack edge has no outputs; run `pulumi up --stack edge`, then this one again";
const noVault = "stack edge has no Vault; give it vault-federation:vault";
const noToken =
  "stack edge exports no token for hub; name hub in its vault-federation:peers and run `pulumi up --stack edge`";
const noKeys =
  "stack edge has not pinned the keys of hub; name hub in its vault-federation:peers and run `pulumi up --stack edge`";
const issuer = { issuer: "https://kubernetes.default.svc", keys: ["a key"] };
const keptAsItWas = "link to edge is kept as it was, by JWT at https://old.example.test:8200, although";
const toDrop = "To drop it, remove edge from vault-federation:peers";

const cases: readonly (readonly [title: string, known: Partial<KnownPeer>, state: LinkState])[] = [
  [
    "of a peer that was never up is none",
    { isUp: false },
    { kind: "none", line: `no link to edge yet: ${notUp}` },
  ],
  ["of a peer without a Vault is none", {}, { kind: "none", line: `no link to edge yet: ${noVault}` }],
  [
    "of a peer that does not name this region is none",
    { outputs: { vaultAddress: address, linkAuth: "token" } },
    { kind: "none", line: `no link to edge yet: ${noToken}` },
  ],
  [
    "of a peer whose token has no date is none",
    { outputs: { ...said, tokenIssue: undefined } },
    { kind: "none", line: `no link to edge yet: ${noToken}` },
  ],
  [
    "of a peer that says all is a link by token",
    { outputs: said },
    { kind: "linked", line: `link to edge: by token at ${address}`, remote },
  ],
  [
    "of a peer whose Vault everybody trusts has no CA",
    { outputs: { ...said, vaultCaBundle: undefined } },
    {
      kind: "linked",
      line: `link to edge: by token at ${address}`,
      remote: { address, login: remote.login },
    },
  ],
  [
    "of a peer that lets regions in by JWT is none before it knows this region's keys",
    { outputs: { vaultAddress: address, linkAuth: "jwt" } },
    { kind: "none", line: `no link to edge yet: ${noKeys}` },
  ],
  [
    "of a peer that lets regions in by JWT, and knows this region's keys, needs no token",
    { outputs: { vaultAddress: address, linkAuth: "jwt", issuer } },
    {
      kind: "linked",
      line: `link to edge: by JWT at ${address}`,
      remote: { address, login: { auth: "jwt" } },
    },
  ],
  [
    "follows what the peer says now, not what is remembered",
    { outputs: said, remembered: { remote: before } },
    { kind: "linked", line: `link to edge: by token at ${address}`, remote },
  ],
  [
    "of a peer that was destroyed is kept",
    { isUp: false, remembered: { remote: before } },
    { kind: "kept", line: `${keptAsItWas} ${notUp}. ${toDrop}`, remote: before },
  ],
  [
    "of a peer that lost its Vault is kept",
    { remembered: { remote: before } },
    { kind: "kept", line: `${keptAsItWas} ${noVault}. ${toDrop}`, remote: before },
  ],
  [
    "of a peer that no longer names this region is kept as a whole",
    { outputs: { ...said, token: undefined }, remembered: { remote: before } },
    { kind: "kept", line: `${keptAsItWas} ${noToken}. ${toDrop}`, remote: before },
  ],
];

describe("The link", () => {
  for (const [title, known, state] of cases) {
    test(title, () => {
      const complete = { isUp: true, outputs: {}, remembered: {}, ...known };
      assert.deepEqual(linkState("hub", "edge", complete), state);
    });
  }

  test("never says a token in its line", () => {
    for (const [, known] of cases) {
      const { line } = linkState("hub", "edge", { isUp: true, outputs: {}, remembered: {}, ...known });
      assert.equal(line.includes("a token"), false);
    }
  });
});
