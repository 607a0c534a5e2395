import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";

import type { HubVault } from "../../support/hub-vault.ts";

/** What is secret stays so. */
export function plainTextIsNowhere(hub: () => HubVault): void {
  it("leaves no share, token or secret id in plain text anywhere", async () => {
    const { sandbox, secrets } = hub();
    const state = await sandbox.pulumi(["stack", "export", "--show-secrets", "--stack", "hub"]);
    const access = /secretId\\*":\s*\\*"([0-9a-f-]{36})/.exec(state.stdout)?.[1];
    assert.ok(access !== undefined, "the state has Pulumi's secret id");
    const sought = [...secrets, access];
    assert.ok(sought.length > 6 && sought.every((secret) => secret.length > 20));

    const places: Record<string, string> = {
      "the exported state": (await sandbox.pulumi(["stack", "export", "--stack", "hub"])).stdout,
      "the events": await listed("events"),
      "the ConfigMaps": await listed("configmaps"),
      "the Secrets": await decodedSecrets(),
      "the servers' output": (
        await hub().kubectl("logs", "--selector=component=server", "--all-containers", "--tail=-1")
      ).stdout,
    };
    for (const file of await filesBelow(join(sandbox.folder, "logs"), join(sandbox.folder, "pulumi-state"))) {
      places[file] = await readFile(file, "latin1");
    }
    for (const [index, printed] of sandbox.printed.entries()) {
      places[`the output of command ${index}`] = printed;
    }
    const found = Object.entries(places).flatMap(([place, text]) =>
      sought.flatMap((secret, index) => (text.includes(secret) ? [`secret ${index} in ${place}`] : [])),
    );
    assert.deepEqual(found, []);
  });

  async function listed(kind: string): Promise<string> {
    return (await hub().kubectl("get", kind, "--all-namespaces", "--output", "json")).stdout;
  }

  async function decodedSecrets(): Promise<string> {
    const { items } = JSON.parse(await listed("secrets")) as { items: { data?: Record<string, string> }[] };
    return items
      .flatMap(({ data }) => Object.values(data ?? {}))
      .map((value) => `${value}\n${Buffer.from(value, "base64").toString("latin1")}`)
      .join("\n");
  }
}

async function filesBelow(...folders: readonly string[]): Promise<string[]> {
  const entries = await Promise.all(
    folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })),
  );
  return entries
    .flat()
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
