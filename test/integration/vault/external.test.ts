import assert from "node:assert/strict";
import { cp, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { sealStatus } from "../../../components/vault/api/seal.ts";
import { VaultError, type VaultClient } from "../../../components/vault/api/vault-client.ts";
import { pulumiPolicy } from "../../../components/vault/policies.ts";
import { Workspace } from "../../../sandbox/test/engine/support/workspace.ts";
import { createToken } from "../../support/program-vault.ts";
import { ServiceAccounts } from "../../support/service-accounts.ts";
import { unsealWith, until, VaultServers } from "../../support/vault-servers.ts";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const server = "vault-0";

/** Shortest life of a run's token that the environment could ask for, in seconds. */
const shortLife = 1;

describe("A Vault that exists, under the real engine,", () => {
  let vault: VaultServers;
  let keys: readonly string[];
  let root: VaultClient;
  let token: string;
  let workspace: Workspace;
  const accounts = new ServiceAccounts();

  before(async () => {
    const kubeconfig = await accounts.start();
    vault = await VaultServers.start({ size: 1 });
    const { root_token: rootToken, keys_base64: shares } = await vault.initialise(1, 1);
    keys = shares;
    root = vault.client(server).withToken(rootToken);
    token = await tokenOfPulumi(root);
    workspace = await Workspace.prepare(async (program) => {
      await cp(join(repository, "test/programs/external-vault"), program, { recursive: true });
      for (const shared of ["package.json", "node_modules", "components", "config"]) {
        await symlink(join(repository, shared), join(program, shared));
      }
    });
    workspace.setVariable("VAULT_TOKEN", token);
    await workspace.succeed("stack", "init", "dev");
    await workspace.succeed("config", "set", "--secret", "kubeconfig", kubeconfig);
    await workspace.succeed("config", "set", "protect", "true");
    await configure(vault.address(server));
  });
  after(async () => {
    await workspace.dispose();
    await vault.close();
    await accounts.close();
  });

  /** Lets Pulumi in as the documentation has it. */
  async function tokenOfPulumi(owner: VaultClient): Promise<string> {
    await owner.send("PUT", "sys/policies/acl/pulumi", { policy: pulumiPolicy({ ownsServers: false }) });
    return createToken(owner, "auth/token/create-orphan", { policies: ["pulumi"], ttl: "1h" });
  }

  async function configure(address: string, { namespaces = ["otel"], servers = vault } = {}): Promise<void> {
    const caBundle = await readFile(join(servers.folder, "ca.crt"), "utf8");
    const consumers = Object.fromEntries(namespaces.map((name) => [name, [`${name}/client`]]));
    const settings = { mode: "external", address, caBundle, consumers };
    await workspace.succeed("config", "set", "vault", JSON.stringify(settings));
  }

  /** What a run that has to fail said: nothing secret. */
  async function failure(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await workspace.pulumi(...args, "--yes", "--skip-preview");
    assert.notEqual(exitCode, 0);
    const said = `${stdout}${stderr}`;
    assert.equal(said.includes(token), false);
    return said;
  }

  async function read(path: string): Promise<Record<string, unknown>> {
    return (await root.send<{ data: Record<string, unknown> }>("GET", path)).data;
  }

  async function names(path: string): Promise<string[]> {
    return Object.keys(await read(path)).sort();
  }

  async function policies(): Promise<unknown[]> {
    return (await read("sys/policies/acl?list=true")).keys as unknown[];
  }

  async function seal(): Promise<void> {
    await root.send("PUT", "sys/seal");
    await until(async () => (await sealStatus(root)).sealed);
  }

  async function unseal(): Promise<void> {
    await unsealWith(root, keys);
    await vault.waitUntilHealthy();
  }

  it("is left alone where nothing answers, with the address and what to check", async () => {
    await configure("https://127.0.0.1:9");
    assert.match(
      await failure("up"),
      /Vault can't be reached at https:\/\/127\.0\.0\.1:9 \(connect ECONNREFUSED 127\.0\.0\.1:9\); check/,
    );
    await configure(vault.address(server));
  });

  it("is left alone where its certificate is not trusted", async () => {
    const settings = { mode: "external", address: vault.address(server), consumers: {} };
    await workspace.succeed("config", "set", "vault", JSON.stringify(settings));
    assert.match(
      await failure("up"),
      /is not trusted .* against the system's certificate authorities: check/,
    );
    await configure(vault.address(server));
  });

  it("is left alone without a token, or with a wrong one", async () => {
    workspace.setVariable("HOME", workspace.root);
    workspace.setVariable("VAULT_TOKEN", "");
    assert.match(await failure("up"), /there is no token for Vault at https:\S+; set .* VAULT_TOKEN/);
    workspace.setVariable("VAULT_TOKEN", "hvs.wrong");
    const said = await failure("up");
    assert.match(said, /does not accept the provider's token: it is wrong, has expired or was revoked/);
    assert.equal(said.includes("hvs.wrong"), false);
    workspace.setVariable("VAULT_TOKEN", token);
  });

  it("is left alone while it is sealed", async () => {
    await seal();
    assert.match(await failure("up"), /Vault at https:\S+ is sealed and answers nothing until/);
    await unseal();
    assert.deepEqual(await names("sys/auth"), ["token/"]);
    assert.deepEqual(await policies(), ["default", "pulumi", "root"]);
  });

  it("gets the mount, the pods' login, policies and roles by a token with Pulumi's policy, but no audit device", async () => {
    await workspace.succeed("up", "--yes", "--skip-preview");
    assert.deepEqual(await names("sys/audit"), []);
    assert.deepEqual(await names("sys/auth"), ["jwt-hub/", "token/"]);
    const mount = (await read("sys/mounts"))["secret/"] as { type: string; options: object };
    assert.deepEqual([mount.type, mount.options], ["kv", { version: "2" }]);
    assert.deepEqual(await policies(), ["consumer-otel", "default", "external-secrets", "pulumi", "root"]);
  });

  it("lets in each pod that it is meant for, without a way to the cluster, and no other", async () => {
    const login = (role: string, jwt: string): Promise<{ auth: { token_policies: string[] } }> =>
      vault.client(server).send("POST", "auth/jwt-hub/login", { role, jwt });
    const consumer = await login("consumer-otel", accounts.token("otel", "vso-auth", "vault"));
    assert.deepEqual(consumer.auth.token_policies, ["consumer-otel"]);
    const carrier = await login(
      "external-secrets",
      accounts.token("external-secrets", "external-secrets", "vault"),
    );
    assert.deepEqual(carrier.auth.token_policies, ["external-secrets"]);
    for (const stranger of [
      accounts.token("shop", "vso-auth", "vault"),
      accounts.token("otel", "default", "vault"),
      accounts.token("otel", "vso-auth", accounts.issuer),
      new ServiceAccounts().token("otel", "vso-auth", "vault"),
    ]) {
      await assert.rejects(login("consumer-otel", stranger), VaultError);
    }
    await assert.rejects(
      login("snapshot", accounts.token("vault", "vault-snapshot", "vault")),
      /role "snapshot" could not be found/,
    );
  });

  it("is not changed by a further preview, update or refresh", async () => {
    await workspace.succeed("preview", "--expect-no-changes");
    await workspace.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    await workspace.succeed("refresh", "--yes", "--expect-no-changes");
  });

  it("is configured to the end by a run that outlives the token life that the environment asks for", async () => {
    workspace.setVariable("TERRAFORM_VAULT_MAX_TTL", String(shortLife));
    const gate = join(workspace.root, "gate");
    await workspace.succeed("config", "set", "gate", gate);
    // What it makes before the gate has the run log in.
    await configure(vault.address(server), { namespaces: ["otel", "shop"] });
    const run = workspace.succeed("up", "--yes", "--skip-preview");
    // Vault ends a token that is looked up in the moment in which it is made.
    await until(async () => (await policies()).includes("consumer-shop"));
    await until(async () => {
      const own = await runTokens();
      return own.some(({ creation_ttl: life, ttl }) => life - ttl > shortLife);
    });
    await writeFile(gate, "");
    await run;
    assert.match(String((await read("sys/policies/acl/consumer-late")).policy), /secret\/data\/late/);
    await workspace.succeed("config", "rm", "gate");
    await configure(vault.address(server));
    await workspace.succeed("up", "--yes", "--skip-preview");
  });

  it("keeps its data where its setting is left out, or the stack destroyed, without a preview that would say so first", async () => {
    await root.send("POST", "secret/data/hub/kept", { data: { key: "value" } });
    await workspace.succeed("config", "rm", "vault");
    for (const command of ["up", "destroy"]) {
      assert.match(await failure(command), /because it is protected/);
      const { data } = await read("secret/data/hub/kept");
      assert.deepEqual(data, { key: "value" });
    }
    await configure(vault.address(server));
    await workspace.succeed("up", "--yes", "--skip-preview");
    await workspace.succeed("preview", "--expect-no-changes");
    await workspace.succeed("config", "set", "protect", "false");
    await workspace.succeed("up", "--yes", "--skip-preview");
  });

  it("is made anew in another Vault by an update with that address and one that refreshes, and stays as it is in the old one", async () => {
    const other = await VaultServers.start({ size: 1 });
    try {
      const { root_token: rootToken } = await other.initialise(1, 1);
      const owner = other.client(server).withToken(rootToken);
      workspace.setVariable("VAULT_TOKEN", await tokenOfPulumi(owner));
      await configure(other.address(server), { servers: other });
      await workspace.succeed("up", "--yes", "--skip-preview");
      await workspace.succeed("up", "--yes", "--skip-preview", "--refresh");
      await workspace.succeed("preview", "--expect-no-changes");
      const { data: made } = await owner.send<{ data: object }>("GET", "sys/mounts");
      assert.equal("secret/" in made, true);
      const { data } = await read("secret/data/hub/kept");
      assert.deepEqual(data, { key: "value" });
      workspace.setVariable("VAULT_TOKEN", token);
      await configure(vault.address(server));
      await workspace.succeed("up", "--yes", "--skip-preview");
      await workspace.succeed("preview", "--expect-no-changes");
    } finally {
      await other.close();
    }
  });

  it("keeps what is in it, and the stack what it knows, where `pulumi destroy` finds it sealed", async () => {
    await seal();
    const said = await failure("destroy");
    assert.ok(
      said.includes(
        `what this stack made in Vault can't be taken out of it: ${vault.address(server)} is sealed. Have it unsealed, ` +
          "then run the same command again.",
      ),
      said,
    );
    await unseal();
    await workspace.succeed("preview", "--expect-no-changes");
  });

  it("has nothing of the stack in it after `pulumi destroy`", async () => {
    await workspace.succeed("destroy", "--yes", "--skip-preview");
    assert.deepEqual(await names("sys/auth"), ["token/"]);
    assert.deepEqual(await policies(), ["default", "pulumi", "root"]);
    assert.equal("secret/" in (await read("sys/mounts")), false);
  });

  it("is forgotten where it is gone for good, protected or not, by the command that `pulumi destroy` names", async () => {
    await workspace.succeed("config", "set", "protect", "true");
    await workspace.succeed("up", "--yes", "--skip-preview");
    await vault.stopServer(server);
    const said = await failure("destroy");
    assert.match(said, /could not be asked for sys\/health: connect ECONNREFUSED \S+\. Bring it up/);
    const [, forget = ""] =
      /run the same command again: pulumi (state delete [^'\n]*'[^'\n]*')/.exec(said) ?? [];
    await workspace.succeed(...forget.replaceAll("'", "").trim().split(" "));
    await workspace.succeed("destroy", "--yes", "--skip-preview");
    const { deployment } = JSON.parse(await workspace.succeed("stack", "export")) as {
      deployment: { resources?: unknown[] };
    };
    assert.deepEqual(deployment.resources ?? [], []);
  });

  /** The tokens that runs work with. */
  async function runTokens(): Promise<{ creation_ttl: number; ttl: number }[]> {
    const { data } = await root.send<{ data: { keys: string[] } }>("LIST", "auth/token/accessors");
    const found = await Promise.all(
      data.keys.map((accessor) =>
        root
          .send<{
            data: { display_name: string; creation_ttl: number; ttl: number };
          }>("POST", "auth/token/lookup-accessor", { accessor })
          // It may end while it is looked at.
          .catch(() => undefined),
      ),
    );
    return found.flatMap((each) => (each?.data.display_name === "token-terraform" ? [each.data] : []));
  }
});
