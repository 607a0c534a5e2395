import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { outputsOf, resourceOf } from "./support/state.ts";
import { publicKey, VaultServer } from "./support/vault-server.ts";
import { Workspace } from "./support/workspace.ts";

const PASSWORD = "correct-horse-battery-staple";
const HIDDEN = "nobody-shall-see-this";
const REVIEWER = "reviewer-token-of-the-cluster";

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly detailedDiff: unknown;
}

describe("a program with Vault resources under the real engine", () => {
  let vault: VaultServer;
  let workspace: Workspace;
  let secretId: string;

  before(async () => {
    vault = await VaultServer.start();
    workspace = await Workspace.create("vault", ["@pulumi/vault"]);
    const login = await vault.makeLogin();
    secretId = login.secretId;
    await workspace.succeed("stack", "init", "dev");
    await configure({
      address: vault.address,
      caCertFile: vault.authorityFile,
      certificate: vault.certificate,
      // Vault takes the line end off, which would be a difference each time.
      publicKey: publicKey().trim(),
    });
    await configure(
      {
        roleId: login.roleId,
        secretId,
        data: `{ "user": "admin", "password": "${PASSWORD}" }`,
        hidden: `{"key":"${HIDDEN}"}`,
        reviewer: REVIEWER,
      },
      "--secret",
    );
  });
  after(async () => {
    await workspace.dispose();
    await vault.stop();
  });

  async function configure(
    values: Readonly<Record<string, string>>,
    kind: "--plaintext" | "--secret" = "--plaintext",
  ): Promise<void> {
    const pairs = Object.entries(values).flatMap(([key, value]) => [kind, `${key}=${value}`]);
    await workspace.succeed("config", "set-all", ...pairs);
  }

  /** Steps of a preview that change something, by the resource's name. */
  async function planned(): Promise<Readonly<Record<string, Pick<Step, "op" | "detailedDiff">>>> {
    const { steps } = JSON.parse(await workspace.succeed("preview", "--json")) as { steps: Step[] };
    return Object.fromEntries(
      steps
        .filter(({ op }) => ["update", "replace", "create", "delete"].includes(op))
        .map(({ op, urn, detailedDiff }) => [urn.split("::").at(-1) ?? "", { op, detailedDiff }]),
    );
  }

  /** What a run that has to fail said. */
  async function failure(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await workspace.pulumi(...args);
    assert.notEqual(exitCode, 0);
    const said = `${stdout}${stderr}`;
    for (const secret of [PASSWORD, HIDDEN, REVIEWER, secretId]) {
      assert.equal(said.includes(secret), false, "a secret was told");
    }
    return said;
  }

  it("previews without a login, and makes nothing", async () => {
    const digest = JSON.parse(await workspace.succeed("preview", "--json")) as { changeSummary: unknown };
    assert.deepEqual(digest.changeSummary, { create: 16 });
    assert.deepEqual(Object.keys(await vault.data("sys/auth")).sort(), ["approle/", "token/"]);
    assert.deepEqual(await vault.tokenNames(), ["root"]);
  });

  it("says which file of CA certificates is missing", async () => {
    await configure({ caCertFile: join(workspace.root, "absent.pem") });
    assert.match(await failure("up", "--yes", "--skip-preview"), /CA certificates.*ENOENT.*absent\.pem/);
    await configure({ caCertFile: vault.authorityFile });
  });

  it("says that Vault can't be reached, where, and what to do", async () => {
    await configure({ address: "https://127.0.0.1:9" });
    assert.match(
      await failure("up", "--yes", "--skip-preview"),
      /Vault can't be reached at https:\/\/127\.0\.0\.1:9 \(connect ECONNREFUSED 127\.0\.0\.1:9\).*vfed unseal/,
    );
    await configure({ address: vault.address });
  });

  it("says that the login is refused, where, and what to check", async () => {
    await configure({ secretId: "e6c4ffd6-0000-4000-8000-5ab6c1a1a1a1" }, "--secret");
    const said = await failure("up", "--yes", "--skip-preview");
    assert.match(
      said,
      /Vault at https:\S+ refuses the provider's login at auth\/approle\/login; check authLogin/,
    );
    assert.equal(said.includes("e6c4ffd6"), false);
    await configure({ secretId }, "--secret");
  });

  it("creates everything, and keeps every secret encrypted in the state", async () => {
    await workspace.succeed("up", "--yes", "--skip-preview");
    assert.deepEqual((await vault.data("secret/data/team/database")).data, {
      user: "admin",
      password: PASSWORD,
    });
    assert.deepEqual((await vault.data("secret/data/team/hidden")).data, { key: HIDDEN });
    const outputs = await outputsOf(workspace);
    const exported = await workspace.succeed("stack", "export");
    for (const secret of [PASSWORD, HIDDEN, REVIEWER, secretId, String(outputs.clientToken)]) {
      assert.notEqual(secret.length, 0);
      assert.equal(exported.includes(secret), false);
    }
    assert.equal((await resourceOf(workspace, "hidden")).outputs.dataJsonWo, undefined);
  });

  it("works with a token of its own, which Vault forgets at the end of the run", async () => {
    assert.deepEqual(await vault.tokenNames(), ["approle", "root", "token-token"]);
  });

  it("has nothing to change on a second run, nor after a refresh", async () => {
    await workspace.succeed("preview", "--expect-no-changes");
    await workspace.succeed("refresh", "--yes", "--expect-no-changes");
    await workspace.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("changes in place what can be changed", async () => {
    const text = 'path "secret/data/bank" {\n  capabilities = ["read"]\n}';
    await configure({ policy: text, ttl: "7200" });
    assert.deepEqual(await planned(), {
      reader: { op: "update", detailedDiff: { policy: { kind: "update", inputDiff: true } } },
      consumer: { op: "update", detailedDiff: { tokenTtl: { kind: "update", inputDiff: true } } },
    });
    await workspace.succeed("up", "--yes", "--skip-preview");
    assert.equal((await vault.data("sys/policies/acl/reader")).policy, text);
    assert.equal((await vault.data("auth/kubernetes/role/consumer")).token_ttl, 7200);
  });

  it("writes a new version of a secret for new data, and none for data that only looks different", async () => {
    const data = `{"password":"${PASSWORD}","user":"admin"}`;
    await configure({ data }, "--secret");
    assert.deepEqual(await planned(), {});
    await configure({ data: data.replace("admin", "root") }, "--secret");
    await workspace.succeed("up", "--yes", "--skip-preview");
    assert.equal((await vault.data("secret/metadata/team/database")).current_version, 2);
  });

  it("writes what is only written when its version changes, and not before", async () => {
    await configure({ hidden: `{"key":"${HIDDEN}-2"}` }, "--secret");
    assert.deepEqual(await planned(), {});
    await configure({ hiddenVersion: "2" });
    await workspace.succeed("up", "--yes", "--skip-preview");
    assert.deepEqual((await vault.data("secret/data/team/hidden")).data, { key: `${HIDDEN}-2` });
    assert.equal((await vault.data("secret/metadata/team/hidden")).current_version, 2);
  });

  it("replaces an audit device, which can't be changed, and a role that gets another name", async () => {
    await configure({ auditDescription: "everything", roleName: "buyer" });
    const steps = await planned();
    assert.equal(steps.audit?.op, "replace");
    assert.equal(steps.consumer?.op, "replace");
    await workspace.succeed("up", "--yes", "--skip-preview");
    const devices = await vault.data("sys/audit");
    assert.equal((devices["file/"] as { description: string }).description, "everything");
    assert.equal((await vault.call("GET", "auth/kubernetes/role/consumer")).status, 404);
    assert.equal((await vault.call("GET", "auth/kubernetes/role/buyer")).status, 200);
  });

  it("finds drift by a refresh, and undoes it", async () => {
    await vault.call("PUT", "sys/policies/acl/reader", { policy: 'path "*" { capabilities = ["sudo"] }' });
    await vault.call("POST", "sys/mounts/secret/tune", { description: "stranger" });
    await vault.call("POST", "secret/data/team/database", { data: { user: "stranger" } });
    await vault.call("DELETE", "auth/token/roles/peer");
    await workspace.succeed("refresh", "--yes");
    const steps = await planned();
    assert.deepEqual(Object.fromEntries(Object.entries(steps).map(([name, { op }]) => [name, op])), {
      reader: "update",
      secrets: "update",
      database: "update",
      tokens: "create",
    });
    await workspace.succeed("up", "--yes", "--skip-preview");
    assert.equal((await vault.data("sys/mounts/secret")).description, "shared secrets");
    assert.equal((await vault.call("GET", "auth/token/roles/peer")).status, 200);
    await workspace.succeed("preview", "--expect-no-changes");
  });

  it("makes a new token when the old one is gone", async () => {
    const { clientToken: before } = await outputsOf(workspace);
    await vault.call("POST", "auth/token/revoke", { token: before });
    await workspace.succeed("refresh", "--yes");
    assert.equal((await planned()).token?.op, "create");
    await workspace.succeed("up", "--yes", "--skip-preview");
    assert.notEqual((await outputsOf(workspace)).clientToken, before);
  });

  it("leaves the run's token to expire by itself where another one would end with it", async () => {
    await configure({ child: "true" });
    await workspace.succeed("up", "--yes", "--skip-preview");
    assert.deepEqual(
      (await vault.tokenNames()).filter((name) => name.startsWith("token-")),
      ["token-terraform", "token-token", "token-token"],
    );
    await workspace.succeed("refresh", "--yes", "--expect-no-changes");
    await configure({ child: "false" });
    await workspace.succeed("up", "--yes", "--skip-preview");
  });

  it("moves a mount to another path, with all that is in it", async () => {
    const { mountAccessor } = await outputsOf(workspace);
    await configure({ path: "moved" });
    assert.equal((await planned()).secrets?.op, "update");
    await workspace.succeed("up", "--yes", "--skip-preview");
    assert.equal((await outputsOf(workspace)).mountAccessor, mountAccessor);
    assert.equal((await vault.call("GET", "sys/mounts/secret")).status, 400);
    assert.equal((await vault.data("moved/config")).max_versions, 7);
    await workspace.succeed("refresh", "--yes", "--expect-no-changes");
  });

  it("names a type that it does not have, and where to get it", async () => {
    await configure({ unsupported: "true" });
    assert.match(
      await failure("preview"),
      /"vault" does not implement resource type vault:index\/namespace:Namespace; install the official plugin/,
    );
    await configure({ unsupported: "false" });
  });

  it("says that Vault is sealed, and how to unseal it", async () => {
    await vault.seal();
    assert.match(
      await failure("refresh", "--yes"),
      /Vault at https:\S+ is sealed and answers nothing until its operators unseal it: vfed unseal <stack>/,
    );
    await vault.unseal();
    await workspace.succeed("preview", "--expect-no-changes");
  });

  it("removes everything, even what is gone already", async () => {
    await vault.call("DELETE", "sys/auth/peer");
    await vault.call("DELETE", "sys/policies/acl/reader");
    await workspace.succeed("destroy", "--yes", "--skip-preview");
    assert.deepEqual(Object.keys(await vault.data("sys/auth")).sort(), ["approle/", "token/"]);
    assert.deepEqual(await vault.data("sys/audit"), {});
    assert.equal((await vault.call("GET", "sys/mounts/moved")).status, 400);
    assert.equal((await vault.call("GET", "auth/token/roles/peer")).status, 404);
    assert.equal((await vault.data("sys/storage/raft/autopilot/configuration")).cleanup_dead_servers, false);
  });
});
