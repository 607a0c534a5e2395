import assert from "node:assert/strict";
import { it } from "node:test";

import { withLogin } from "../../../components/vault/api/login.ts";
import { VaultError } from "../../../components/vault/api/vault-client.ts";
import { podAudience } from "../../../components/vault/pod-role.ts";
import { duringBirth, firstSecrets } from "../../support/birth.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { assertExit, type Finished } from "../../support/command.ts";
import { regions } from "../../support/linked-regions.ts";

/** From nothing to a Vault that is configured and unsealed. */
export function aVaultIsBorn(hub: () => HubVault): void {
  it("is initialised, configured and unsealed by one `up` in every region", async () => {
    const up = (): Promise<Finished> => hub().sandbox.command(["up"]);
    const before = hub().secrets.length;
    const finished = await duringBirth(hub().sandbox, "edge", up, async (step) => {
      if (step === "initialised") {
        hub().secrets.push(...firstSecrets(await hub().journal("edge")));
      }
    });
    assertExit(finished);
    assert.ok(hub().secrets.length > before, "the first secrets of the edge's Vault were not seen");
    for (const region of regions) {
      const shown = `^${region}\\n {2}vault-0 +(leader|standby) [^]*?^ {2}✓ healthy$[^]*^${region}: link by token$`;
      assert.match(finished.stdout, new RegExp(shown, "m"));
    }
    assert.match(finished.stdout, /^demo\/from-hub {2}generated in hub {2}with a value$/m);
    assertExit(await hub().vfed(["status", "hub", "edge"]));
    const vault = await hub().client();
    const { cluster_id: clusterId } = await vault.send<{ cluster_id: string }>("GET", "sys/seal-status");
    assert.equal((await hub().outputs()).vaultClusterId, clusterId);
  });

  it("lets in the pods that a role is meant for, and none with another account, of another namespace or for another audience", async () => {
    const vault = await hub().client();
    const answer = async (namespace: string, account: string, audience: string): Promise<string> => {
      const place = ["--context", "hub", "--namespace", namespace];
      const create = ["create", "token", account, "--audience", audience];
      const token = await hub().sandbox.run("kubectl", [...place, ...create]);
      assertExit(token);
      hub().secrets.push(token.stdout.trim());
      const credential = { role: "consumer-demo", jwt: token.stdout.trim() };
      try {
        return await withLogin(vault, "auth/kubernetes/login", credential, async (pod) => {
          const { data } = await pod.send<{ data: { policies: string[] } }>("GET", "auth/token/lookup-self");
          return data.policies.join(", ");
        });
      } catch (error) {
        assert.ok(error instanceof VaultError, String(error));
        return String(error.status);
      }
    };
    assert.deepEqual(
      {
        own: await answer("demo", "vso-auth", podAudience),
        account: await answer("demo", "default", podAudience),
        namespace: await answer("external-secrets", "external-secrets", podAudience),
        audience: await answer("demo", "vso-auth", "https://kubernetes.default.svc"),
      },
      { own: "consumer-demo", account: "403", namespace: "403", audience: "403" },
    );
  });

  it("changes nothing at a further preview, update and refresh in every region", async () => {
    for (const stack of ["hub", "edge"]) {
      await hub().sandbox.stack(stack).assertSettled();
    }
  });
}
