import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import type { VaultClient, VaultError } from "../../components/vault/api/vault-client.ts";
import { pulumiPolicy } from "../../components/vault/policies.ts";
import { AddressPlan } from "../../sandbox/network/addresses.ts";
import { assertExit, type Finished } from "../support/command.ts";
import { eventually } from "../support/eventually.ts";
import { showFailuresAtOnce } from "../support/failures.ts";
import { HubVault } from "../support/hub-vault.ts";
import { arrivalSeconds, decoded, LinkedRegions } from "../support/linked-regions.ts";
import { createToken } from "../support/program-vault.ts";
import { TestSandbox } from "../support/sandbox.ts";
import { slow } from "../support/slow.ts";
import { VaultServers } from "../support/vault-servers.ts";

const third = "third";
const server = "vault-0";
/** What the namespace of the demonstration reads in the hub already. */
const hubPaths = ["demo/from-hub", "demo/from-edge", "demo/from-both"] as const;

describe("a third region, whose Vault exists already,", { timeout: 60 * 60_000, ...slow }, () => {
  showFailuresAtOnce();
  let hub: HubVault;
  let both: LinkedRegions;
  let servers: VaultServers | undefined;
  let address: string;
  let caBundle: string;
  let vault: VaultClient;
  let token: string;

  before(async () => {
    hub = new HubVault(await TestSandbox.create());
    both = new LinkedRegions(hub);
    assertExit(await hub.sandbox.command(["up"]));
    // Somebody's Vault, which is no machine of the sandbox, and which the clusters' pods reach.
    const { octet } = await hub.sandbox.identity();
    servers = await VaultServers.start({ size: 1, host: new AddressPlan(octet).host });
    address = servers.address(server);
    caBundle = await readFile(join(servers.folder, "ca.crt"), "utf8");
    const { root_token: rootToken } = await servers.initialise(1, 1);
    vault = servers.client(server).withToken(rootToken);
    await vault.send("PUT", "sys/policies/acl/pulumi", { policy: pulumiPolicy({ ownsServers: false }) });
    token = await createToken(vault, "auth/token/create-orphan", { policies: ["pulumi"], ttl: "4h" });
  });
  after(async () => {
    await servers?.close();
    assertExit(await hub.sandbox.remove());
  });

  /** Runs `pulumi` on the third stack with the token that its Vault knows. */
  function pulumi(...args: string[]): Promise<Finished> {
    return hub.sandbox.pulumi([...args, "--stack", third], { environment: { VAULT_TOKEN: token } });
  }

  async function kubectl(...args: string[]): Promise<string> {
    const kubeconfig = join(hub.sandbox.folder, "kubeconfig-of-third");
    await writeFile(kubeconfig, String((await hub.outputs(third)).kubeconfig), { mode: 0o600 });
    const finished = await hub.sandbox.run("kubectl", ["--kubeconfig", kubeconfig, ...args]);
    assertExit(finished);
    return finished.stdout;
  }

  /** What workloads of the third region see of a secret. */
  async function seen(name: string): Promise<unknown> {
    const shown = await kubectl("get", "secret", name, "--namespace", "demo", "--output", "json");
    return decoded(shown);
  }

  /** Names that the third region's Vault lists; none where there is nothing. */
  async function names(path: string): Promise<readonly string[]> {
    try {
      return (await vault.send<{ data: { keys: string[] } }>("LIST", path)).data.keys;
    } catch (error) {
      assert.equal((error as VaultError).status, 404);
      return [];
    }
  }

  async function logins(): Promise<readonly string[]> {
    return Object.keys((await vault.send<{ data: object }>("GET", "sys/auth")).data).sort();
  }

  it("is brought up by one `up` without servers of its own, and is told that the hub does not name it yet", async () => {
    assertExit(await hub.sandbox.pulumi(["stack", "init", third, "--copy-config-from", "edge"]));
    const stack = hub.sandbox.stack(third);
    for (const path of ["vault", "secrets", "delivery"]) {
      await stack.unset(path);
    }
    const paths = ["demo/from-hub", "demo/from-third"];
    await stack.configure({
      "cluster.label": "vault-federation-third",
      "cluster.region": "nl-ams",
      "cluster.systemPool.count": "1",
      "vault.mode": "external",
      "vault.address": address,
      "vault.caBundle": caBundle,
      'secrets["demo/from-hub"].home': "hub",
      'secrets["demo/from-third"].home': third,
      'secrets["demo/from-third"].generated.length': "32",
      'secrets["demo/from-third"].refreshInterval': "10s",
      ...Object.fromEntries(paths.map((path, index) => [`vault.consumers.demo[${index}]`, path])),
      ...Object.fromEntries(
        paths.flatMap((path) => {
          const name = path.replace("/", "-");
          return Object.entries({ namespace: "demo", path, destination: name, refreshAfter: "10s" }).map(
            ([key, value]) => [`delivery.syncedSecrets.${name}.${key}`, value],
          );
        }),
      ),
    });
    const updated = await pulumi("up", "--yes", "--skip-preview");
    assertExit(updated);
    assert.match(updated.output, /no link to hub yet/);
    assert.equal(
      (await kubectl("get", "namespaces", "--output", "name")).includes("namespace/vault\n"),
      false,
    );
  });

  it("gives workloads what its operators carry into that Vault and out of it, by nothing but the cluster's public keys", async () => {
    await eventually(async () => {
      const { data } = await vault.send<{ data: { data: unknown } }>("GET", "secret/data/demo/from-third");
      assert.deepEqual(await seen("demo-from-third"), data.data);
    }, arrivalSeconds);
    assert.deepEqual(await logins(), ["jwt-third/", "token/"]);
    const { data: known } = await vault.send<{ data: Record<string, unknown> }>(
      "GET",
      "auth/jwt-third/config",
    );
    assert.equal((known.jwt_validation_pubkeys as string[]).length, 1);
    assert.deepEqual([known.jwks_url, known.oidc_discovery_url], ["", ""]);
  });

  it("is linked with the hub by one more `up` of each, beside the edge", async () => {
    await both.stack("hub").configure({
      [`peers.${third}.stack`]: `organization/vault-federation/${third}`,
      'secrets["demo/from-both"].regions[0]': "edge",
      'secrets["demo/from-third"].home': third,
      'delivery.syncedSecrets["demo-from-third"].path': "demo/from-third",
      'delivery.syncedSecrets["demo-from-third"].namespace': "demo",
      'delivery.syncedSecrets["demo-from-third"].destination': "demo-from-third",
      'delivery.syncedSecrets["demo-from-third"].refreshAfter': "10s",
      ...Object.fromEntries(
        [...hubPaths, "demo/from-third"].map((path, index) => [`vault.consumers.demo[${index}]`, path]),
      ),
    });
    await both.stack("hub").update();
    assertExit(await pulumi("up", "--yes", "--skip-preview"));
    await both.stack("hub").update();
    await both.eventuallyLinked();
    const status = await both.vfed("link", "status", "hub");
    assert.match(status.stdout, /^edge: link by token$[^]*^third: link by token$/m);
  });

  it("gets the hub's secrets, and the hub gets its own, while those of the edge go on crossing", async () => {
    await eventually(async () => {
      const fromHub = await both.secret("hub", "demo", "demo-from-hub");
      assert.deepEqual(await seen("demo-from-hub"), fromHub);
      assert.deepEqual(await both.secret("edge", "demo", "demo-from-hub"), fromHub);
      assert.deepEqual(await both.secret("hub", "demo", "demo-from-third"), await seen("demo-from-third"));
    }, arrivalSeconds);
    assertExit(await both.enter("edge", "after there was a third region"));
    await both.eventuallySeen({ value: "after there was a third region" });
    for (const region of ["hub", third]) {
      assertExit(await both.vfed("secret", "list", "--stack", region));
    }
  });

  it("has nothing to change at a further preview of any region", async () => {
    assertExit(await pulumi("preview", "--expect-no-changes"));
    for (const region of ["hub", "edge"] as const) {
      await both.stack(region).assertUnchanged();
    }
  });

  it("takes everything out of that Vault when it is destroyed, while the hub keeps its link and says so", async () => {
    assertExit(await pulumi("destroy", "--yes", "--skip-preview"));
    const { data: mounts } = await vault.send<{ data: object }>("GET", "sys/mounts");
    assert.equal("secret/" in mounts, false);
    assert.deepEqual(await logins(), ["token/"]);
    assert.deepEqual(await names("sys/policies/acl"), ["default", "pulumi", "root"]);
    assert.deepEqual(await names("auth/token/roles"), []);
    const updated = await both.stack("hub").pulumi("up", "--yes", "--skip-preview");
    assertExit(updated);
    assert.match(updated.output, /link to third is kept as it was/);
  });
});
