import assert from "node:assert/strict";
import { it } from "node:test";

import { assertExit } from "../../support/command.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { LinkedRegions, regions } from "../../support/linked-regions.ts";
import { slow } from "../../support/slow.ts";

/** Regions let each other in by the logins of each other's service accounts. */
export function linksNeedNoTokens(hub: () => HubVault): void {
  it(
    "carries values in both directions by logins alone, once both regions have pinned each other's keys",
    slow,
    async () => {
      const both = new LinkedRegions(hub());
      await both.configure({ "link.auth": "jwt" });
      // It has pinned the edge's keys, but looked at the edge before that had pinned its own.
      await both.stack("hub").update();
      for (const region of regions) {
        await both.stack(region).assertUnchanged();
        const kinds = "secrets,externalsecrets,pushsecrets,vaultdynamicsecrets";
        const get = ["get", kinds, "--namespace", "external-secrets", "--output", "name"];
        const shown = await both.kubectl(region, ...get);
        assertExit(shown);
        assert.doesNotMatch(shown.stdout, /token/);
      }
      await both.eventuallyLinked();
      for (const region of regions) {
        const value = `a value that a login carried from the ${region}`;
        assertExit(await both.enter(region, value));
        await both.eventuallySeen({ value });
      }
    },
  );

  it(
    "refuses a peer's logins at once that was revoked, and lets it in again after an update",
    slow,
    async () => {
      const both = new LinkedRegions(hub());
      const revoked = await both.vfed("link", "revoke", "hub", "--peer", "edge");
      assertExit(revoked);
      assert.match(revoked.output, /edge is cut off: Vault has no role any more that it could log in with/);
      assertExit(await both.vfed("link", "status", "edge"), 1);

      await both.stack("hub").update("--refresh");
      assertExit(await both.vfed("link", "push", "edge"));
      await both.eventuallyLinked();
    },
  );
}
