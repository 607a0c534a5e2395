import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { gunzipSync } from "node:zlib";

import type { HubVault } from "../../support/hub-vault.ts";
import { LinkedRegions, regions, shared, type Region } from "../../support/linked-regions.ts";
import { assertExit } from "../../support/command.ts";

/** Whose output could hold a secret, by namespace and label. */
const writers = [
  ["vault", "component=server"],
  ["external-secrets", "app.kubernetes.io/name=external-secrets"],
  ["vault-secrets-operator", "control-plane=controller-manager"],
] as const;

/** What is secret stays so. */
export function plainTextIsNowhere(hub: () => HubVault): void {
  it("leaves no share, token, secret id, shared value or entered value in plain text anywhere", async () => {
    const { sandbox, secrets, tokens, entered, serverLogs } = hub();
    const both = new LinkedRegions(hub());
    const values = await Promise.all(
      regions.flatMap((region) =>
        ["demo-from-hub", "demo-from-edge"].map((name) => both.secret(region, shared.namespace, name)),
      ),
    );
    const inSecretsToo = [...tokens, ...entered, ...values.flatMap((value) => Object.values(value))];
    const nowhere = [
      ...secrets,
      ...(await Promise.all(regions.map(secretId))),
      ...(await Promise.all(regions.map(keys))).flat(),
    ];
    const sought = [...nowhere, ...inSecretsToo];
    assert.ok(secrets.length > 8 && tokens.length > 4 && entered.length > 6);
    assert.ok(sought.every((secret) => secret.length > 20));

    const places: Record<string, string> = {};
    for (const region of regions) {
      const exported = await sandbox.pulumi(["stack", "export", "--stack", region]);
      places[`the exported state of ${region}`] = exported.stdout;
      places[`the events of ${region}`] = await listed(region, "events");
      places[`the ConfigMaps of ${region}`] = await listed(region, "configmaps");
      for (const [namespace, selector] of writers) {
        const logs = [
          "logs",
          "--namespace",
          namespace,
          `--selector=${selector}`,
          "--all-containers",
          "--tail=-1",
        ];
        const { stdout } = await both.kubectl(region, ...logs, "--prefix");
        assert.notEqual(stdout, "", `nothing in ${namespace} of ${region} says anything`);
        places[`the output of ${namespace} in ${region}`] = stdout;
      }
    }
    const folders = ["logs", "pulumi-state", "project", "volumes"];
    for (const file of await filesBelow(...folders.map((folder) => join(sandbox.folder, folder)))) {
      places[file] = await readFile(file, "latin1");
    }
    assert.notDeepEqual(serverLogs, []);
    for (const [index, printed] of serverLogs.entries()) {
      places[`the output ${index} of servers that are gone`] = printed;
    }
    for (const [index, printed] of sandbox.printed.entries()) {
      places[`the output of command ${index}`] = printed;
    }
    const found = Object.entries(places).flatMap(([place, text]) =>
      sought.flatMap((secret, index) => (text.includes(secret) ? [`secret ${index} in ${place}`] : [])),
    );
    for (const region of regions) {
      const texts = decoded(await listed(region, "secrets"));
      found.push(
        ...nowhere.flatMap((secret, index) =>
          texts.includes(secret) ? [`secret ${index} in a Secret of ${region}`] : [],
        ),
      );
    }
    assert.deepEqual(found, []);
  });

  /** What Pulumi logs in to a region's Vault with. */
  async function secretId(region: Region): Promise<string> {
    const state = await hub().sandbox.pulumi(["stack", "export", "--show-secrets", "--stack", region]);
    const [, id] = /secretId\\*":\s*\\*"([0-9a-f-]{36})/.exec(state.stdout) ?? [];
    assert.ok(id !== undefined, `the state of ${region} has Pulumi's secret id`);
    return id;
  }

  /** The shares of a region's key, and the key to its bootstrap's memory, each in both ways of writing it. */
  async function keys(region: Region): Promise<string[]> {
    const shares = (await hub().shares(region)).map((share) => Buffer.from(share, "hex"));
    return [...shares, await hub().journalKey(region)].flatMap((key) => [
      key.toString("hex"),
      key.toString("base64"),
    ]);
  }

  async function listed(region: Region, kind: string): Promise<string> {
    const list = ["get", kind, "--all-namespaces", "--output", "json"];
    const shown = await new LinkedRegions(hub()).kubectl(region, ...list);
    assertExit(shown);
    return shown.stdout;
  }
}

/** The values of all Secrets, as they are stored and as they are meant; releases of Helm are zipped. */
function decoded(list: string): string {
  const { items } = JSON.parse(list) as { items: { type?: string; data?: Record<string, string> }[] };
  return items
    .flatMap(({ type, data }) =>
      Object.values(data ?? {}).flatMap((stored) => {
        const value = Buffer.from(stored, "base64").toString("latin1");
        const isRelease = type === "helm.sh/release.v1";
        return [stored, isRelease ? gunzipSync(Buffer.from(value, "base64")).toString("latin1") : value];
      }),
    )
    .join("\n");
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
