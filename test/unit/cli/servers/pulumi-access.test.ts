import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";

import { reportNext } from "../../../../cli/commands/renew-access.ts";
import { Failure } from "../../../../cli/failure.ts";
import { renewPulumiAccess } from "../../../../cli/servers/pulumi-access.ts";
import { kubeConfigFrom } from "../../../../components/cluster/kube-config.ts";
import { asPulumi } from "../../../../components/vault/bootstrap/access.ts";
import type { BootstrapOutcome } from "../../../../components/vault/bootstrap/bootstrap.ts";
import {
  Journal,
  type AccessCredential,
  type JournalPlace,
} from "../../../../components/vault/bootstrap/journal.ts";
import { BootstrapRegion } from "../../../support/bootstrap.ts";
import { Interruption, type Moment } from "../../../support/interruption.ts";
import { ModelClient } from "../../../support/model-client.ts";
import { silentTerminal } from "../../../support/terminal.ts";
import { clusterId } from "../../../support/vault-model.ts";

const rootToken = "the-root-token";

/** A region that was bootstrapped, whose operators have made a root token, and as whom somebody is logged in. */
class BornRegion {
  readonly region = new BootstrapRegion();
  before: BootstrapOutcome | undefined;

  async start(): Promise<this> {
    await this.region.start();
    this.before = await this.region.run();
    this.region.vault.rootToken = rootToken;
    const { auth } = await this.leader.send<{ auth: { client_token: string } }>(
      "POST",
      "auth/approle/login",
      { role_id: "a-role-id", secret_id: this.before.access.secretId },
    );
    assert.deepEqual([...this.region.vault.logins], [auth.client_token]);
    return this;
  }

  get leader(): ModelClient {
    return new ModelClient(this.region.vault, "vault-0");
  }

  /** One run of the command. */
  async renew(interruption = new Interruption(), place: Partial<JournalPlace> = {}, token = rootToken) {
    const { vault, store, args } = this.region;
    vault.interruption = interruption;
    store.interruption = interruption;
    await renewPulumiAccess({
      stack: "hub",
      leader: this.leader,
      rootToken: token,
      config: kubeConfigFrom(store.kubeconfig),
      journal: { ...this.place, kubernetesClusterId: args.kubernetesClusterId, ...place },
    });
  }

  get place(): JournalPlace {
    const { kubernetesClusterId, journalKey } = this.region.args;
    return {
      namespace: "vault",
      name: "vault-bootstrap",
      key: Buffer.from(journalKey, "base64"),
      kubernetesClusterId,
      // Nothing is tried again.
      deadline: 0,
      graceMilliseconds: 0,
    };
  }

  /** What the bootstrap remembers, and the next run of it has as its outcome. */
  async journal(): Promise<Journal> {
    this.region.store.interruption = new Interruption();
    return Journal.open(kubeConfigFrom(this.region.store.kubeconfig), this.place);
  }

  /** Whether Pulumi gets in with a credential. */
  async letsIn(access: AccessCredential): Promise<boolean> {
    this.region.vault.interruption = new Interruption();
    return asPulumi(this.leader, access, () => Promise.resolve(true)).catch(() => false);
  }
}

/** Asserts that one credential is left, which nobody had before and the next run of the bootstrap gives to Pulumi. */
async function assertRenewed(born: BornRegion): Promise<void> {
  const { region, before } = born;
  assert.ok(before);
  assert.deepEqual([...region.vault.logins], []);
  const { access } = await region.run();
  assert.equal(access.roleId, before.access.roleId);
  assert.notEqual(access.secretId, before.access.secretId);
  assert.deepEqual([...region.vault.secretIds.values()], [access.secretId]);
  assert.equal(await born.letsIn(before.access), false);
  assert.equal(await born.letsIn(access), true);
  assert.equal(region.vault.rootToken, rootToken);
}

const counted = await new BornRegion().start();
const uninterrupted = new Interruption();
await counted.renew(uninterrupted);
await counted.region.close();

describe("Pulumi's credential that is renewed", () => {
  let born: BornRegion;

  beforeEach(async () => {
    born = await new BornRegion().start();
  });
  afterEach(() => born.region.close());

  /** Asserts that nothing is other than it was, and that nothing was asked of Vault that could change it. */
  async function assertUntouched({ requests }: Interruption): Promise<void> {
    const { region, before } = born;
    const changes = requests.filter((request) => !request.startsWith("GET "));
    assert.deepEqual(changes, []);
    assert.equal(region.vault.logins.size, 1);
    assert.deepEqual([...region.vault.secretIds.values()], [before?.access.secretId]);
    assert.deepEqual(await region.run(), before);
  }

  it("is ended with all its logins, and the bootstrap hands another one to Pulumi", async () => {
    const { entry } = await born.journal();
    await born.renew();
    await assertRenewed(born);
    const journal = await born.journal();
    assert.deepEqual(journal.entry, { ...entry, access: journal.entry.access });
  });

  it("is remembered before the former one is destroyed, and its logins are ended after that", () => {
    assert.deepEqual(uninterrupted.requests, [
      "GET Secret vault-bootstrap",
      "GET sys/seal-status of vault-0",
      "GET auth/token/lookup-self of vault-0",
      "GET auth/approle/role/pulumi/role-id of vault-0",
      "POST auth/approle/role/pulumi/secret-id of vault-0",
      "PUT Secret vault-bootstrap",
      "LIST auth/approle/role/pulumi/secret-id of vault-0",
      "POST auth/approle/role/pulumi/secret-id-accessor/destroy of vault-0",
      "PUT sys/leases/revoke-prefix/auth/approle/login of vault-0",
    ]);
  });

  for (const [index, request] of uninterrupted.requests.entries()) {
    for (const moment of ["before", "after"] as const satisfies readonly Moment[]) {
      it(`lets Pulumi in by what is remembered when the run is killed ${moment} request ${index}, ${request}, and ends well in the next`, async () => {
        await assert.rejects(born.renew(new Interruption(index, moment)));
        const { access } = (await born.journal()).entry;
        assert.ok(access);
        assert.equal(await born.letsIn(access), true);

        await born.renew();
        await assertRenewed(born);
      });
    }
  }

  it("says that the former one may be valid still where Vault does not answer any more, and what to do", async () => {
    const destroyed = uninterrupted.requests.findIndex((request) => request.includes("/destroy "));
    await assert.rejects(born.renew(new Interruption(destroyed)), {
      exitCode: 2,
      message:
        "Pulumi's credential was not renewed to the end: the run was killed. The former one may be valid still, and logins by it. " +
        "Run the command again: it makes another one, and ends all others.",
    });
  });

  it("is not renewed by a token that is no root token, or none that Vault knows", async () => {
    const requests = new Interruption();
    const [login = ""] = born.region.vault.logins;
    await assert.rejects(born.renew(requests, {}, login), {
      exitCode: 1,
      message:
        "that is no root token, its policies are pulumi; nothing was done. Make one with `vfed generate-root hub`.",
    });
    await assert.rejects(born.renew(requests, {}, "mistyped"), {
      exitCode: 1,
      message: "Vault does not know that token: it was mistyped, or revoked already. Nothing was done.",
    });
    await assertUntouched(requests);
  });

  it("is left alone where the bootstrap's memory is another's, or can't be read", async () => {
    const requests = new Interruption();
    for (const [place, message] of [
      [
        { key: Buffer.alloc(32, 8) },
        /, but not of this stack's: its key is another\. .*Nothing was done in Vault\.$/,
      ],
      [
        { kubernetesClusterId: "4243" },
        /on the Kubernetes cluster 4242, but .* Nothing was done in Vault\.$/,
      ],
    ] as const) {
      await assert.rejects(born.renew(requests, place), (error: unknown) => {
        assert.ok(error instanceof Failure);
        assert.equal(error.exitCode, 1);
        assert.match(error.message, message);
        return true;
      });
    }
    await assert.rejects(born.renew(new Interruption(0)), {
      exitCode: 2,
      message:
        /^Secret vault\/vault-bootstrap, the memory of the bootstrap, can't be read: .* Once that is mended, try again\.$/,
    });
    await assertUntouched(requests);
  });

  it("is left alone where the bootstrap has not come to its end, or its memory is gone", async () => {
    const { store } = born.region;
    const requests = new Interruption();
    const refusal = {
      exitCode: 1,
      message:
        "Secret vault/vault-bootstrap, the memory of the bootstrap, does not say that it has come to its end, so nothing was done. " +
        "Run `pulumi up --stack hub` first. If the Secret was deleted, put it back from a backup.",
    };
    const journal = await born.journal();
    const finished = store.secrets.get("vault-bootstrap");
    assert.ok(finished);
    await journal.write({ ...journal.entry, finished: undefined }, "shares-handed-over");
    await assert.rejects(born.renew(requests), refusal);
    store.secrets.delete("vault-bootstrap");
    await assert.rejects(born.renew(requests), refusal);
    store.secrets.set("vault-bootstrap", finished);
    await assertUntouched(requests);
  });

  it("is left alone in another Vault than the one that was bootstrapped", async () => {
    const requests = new Interruption();
    born.region.vault.clusterId = "another-cluster";
    await assert.rejects(born.renew(requests), {
      exitCode: 1,
      message:
        `vault-0 belongs to cluster another-cluster, but this stack's is ${clusterId}. ` +
        "Its volume was exchanged for that of another Vault; put the right one back. Nothing was done.",
    });
    born.region.vault.clusterId = clusterId;
    await assertUntouched(requests);
  });
});

describe("the end of renew-access", () => {
  const takeover = [
    "pulumi up --stack hub --target-replace '**-bootstrap-run' --target '**-provider'",
    "pulumi up --stack hub",
  ];

  it("names what has Pulumi take the credential over, and what revokes the root token", () => {
    const terminal = silentTerminal({});
    reportNext("hub", { file: "root-token" }, terminal);
    assert.deepEqual(terminal.reports.slice(1), [
      ...takeover.map((command) => `  ${command}`),
      "Nothing else here needs the root token. Revoke it: vfed revoke-root hub --file root-token",
    ]);
    assert.deepEqual(terminal.results, []);
  });

  it("says the same to a script", () => {
    const terminal = silentTerminal({});
    reportNext("hub", { json: true }, terminal);
    assert.deepEqual(
      terminal.results.map((result) => JSON.parse(result) as unknown),
      [{ stack: "hub", renewed: true, next: [...takeover, "vfed revoke-root hub"] }],
    );
  });
});
