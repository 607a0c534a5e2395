import assert from "node:assert/strict";
import { Agent } from "node:https";
import { describe, it } from "node:test";

import { configuration } from "../../../../cli/commands/rekey.ts";
import { Failure } from "../../../../cli/failure.ts";
import { rekey } from "../../../../cli/servers/rekey.ts";
import { SharePool } from "../../../../cli/shares/share-pool.ts";
import { VaultClient, VaultError } from "../../../../components/vault/api/vault-client.ts";

const answers: Readonly<Record<string, object>> = {
  "GET sys/seal-status": { initialized: true, sealed: false, recovery_seal: false },
  "GET sys/health": {},
  "GET sys/leader": { is_self: true, leader_address: "https://vault-0:8200" },
  "GET sys/rekey/init": { started: false },
  "PUT sys/rekey/init": { started: true, nonce: "a-nonce", required: 1, progress: 0, t: 1, n: 1 },
};

/** A healthy server alone whose answer to a share is lost. */
class LostAnswer extends VaultClient {
  readonly requests: string[] = [];

  constructor() {
    super({ name: "vault-0", host: "vault", agent: new Agent() });
  }

  override async send<T = unknown>(...[method, path]: Parameters<VaultClient["send"]>): Promise<T> {
    await Promise.resolve();
    const request = `${method} ${path}`;
    this.requests.push(request);
    const answer = answers[request];
    if (answer === undefined) {
      throw new Error("the tunnel broke");
    }
    return answer as T;
  }

  override metrics(): Promise<string> {
    return Promise.reject(new VaultError(this.name, "GET", "sys/metrics", 403, []));
  }
}

describe("a re-key whose answer is lost", () => {
  it("says that the key may have changed and how to get at its shares, gives nothing up and keeps nothing", async () => {
    const server = new LostAnswer();
    const lost = rekey({
      servers: [server],
      operators: [{ fingerprint: "f1", binary: "key" }],
      threshold: 1,
      shares: SharePool.of(["00".repeat(33)]),
      keep: () => assert.fail("shares were kept"),
      report: () => undefined,
      timeoutMilliseconds: 0,
    });
    await assert.rejects(lost, (error: unknown) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.exitCode, 2);
      assert.equal(
        error.message,
        "vault-0 was given a share, but its answer was lost (the tunnel broke). If that was the last share needed, the key has " +
          "changed, and Vault alone has the new shares. Put the new operators and threshold into the stack's configuration: `pulumi up` " +
          "fetches them, or says that the key is unchanged. If they are those of before, look with a token: vault read sys/rekey/backup",
      );
      return true;
    });
    assert.equal(server.requests.at(-1), "PUT sys/rekey/update");
  });
});

describe("what a re-key leaves to be configured", () => {
  it("is taken over by a refresh, which sees new shares for the same operators, too", () => {
    const operator = { name: "alice", publicKey: "KEY\nEND\n", fingerprint: "f1", binary: "key" };
    assert.equal(
      configuration("hub", [operator], 1),
      [
        "# Pulumi.hub.yaml must say this, also if it did before. Then `pulumi up --refresh --stack hub` takes the new shares over (in a fresh checkout, run `pulumi preview` first).",
        "config:",
        "  vault-federation:vault:",
        "    threshold: 1",
        "    operators:",
        '      - name: "alice"',
        "        publicKey: |",
        "          KEY",
        "          END",
        "",
      ].join("\n"),
    );
  });
});
