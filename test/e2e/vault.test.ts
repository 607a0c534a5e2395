import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";

import { decrypt, readMessage, readPrivateKey } from "openpgp";

import { eventually } from "../support/eventually.ts";
import { TestSandbox, type Finished } from "../support/sandbox.ts";

const vfedProgram = fileURLToPath(new URL("../../cli/vfed.ts", import.meta.url));
const servers = ["vault-0", "vault-1", "vault-2"] as const;

/** How long Vault's servers may take to follow: a node writes a new certificate into a pod after up to two minutes. */
const settleSeconds = 180;

function assertExit(finished: Finished, expected = 0): void {
  assert.equal(finished.exitCode, expected, finished.output);
}

describe("a region's Vault on a sandbox", { timeout: 30 * 60_000 }, () => {
  let sandbox: TestSandbox;
  /** Everything secret that the tests have seen. */
  const secrets: string[] = [];

  before(async () => {
    sandbox = await TestSandbox.create();
  });
  after(async () => {
    assertExit(await sandbox.remove());
  });

  const kubectl = (...args: string[]): Promise<Finished> =>
    sandbox.run("kubectl", ["--context", "hub", "--namespace", "vault", ...args]);
  const vfed = (...args: string[]): Promise<Finished> =>
    sandbox.run(process.execPath, [vfedProgram, ...args]);
  const operatorKey = (name: string): string => join(sandbox.folder, "operators", `${name}.asc`);
  const keys = (...names: string[]): string[] => names.flatMap((name) => ["--key", operatorKey(name)]);
  const outputs = async (): Promise<Record<string, unknown>> => {
    const shown = await sandbox.pulumi(["stack", "output", "--json", "--show-secrets", "--stack", "hub"]);
    return JSON.parse(shown.stdout) as Record<string, unknown>;
  };
  const vault = async (token: string, ...args: string[]): Promise<Finished> =>
    sandbox.run(
      "kubectl",
      [
        "--context",
        "hub",
        "--namespace",
        "vault",
        "exec",
        "--stdin",
        "vault-0",
        "--container",
        "vault",
        "--",
      ].concat(
        // The token comes by stdin: arguments are for everybody to read.
        ["sh", "-c", 'read -r VAULT_TOKEN; export VAULT_TOKEN; exec vault "$@"', "vault", ...args],
      ),
      { input: `${token}\n` },
    );
  const rootToken = async (): Promise<string> => {
    const file = join(sandbox.folder, "root-token");
    assertExit(await vfed("generate-root", "hub", ...keys("alice", "carol"), "--out", file));
    const token = (await readFile(file, "utf8")).trim();
    secrets.push(token);
    return token;
  };
  const revokeRootToken = async (): Promise<void> => {
    assertExit(await vfed("revoke-root", "hub", "--file", join(sandbox.folder, "root-token")));
  };

  it("is initialised, configured and unsealed by one `up` in every region", async () => {
    assertExit(await sandbox.command(["up", "--vault"]));
    assertExit(await vfed("status", "hub", "edge"));
    for (const stack of ["hub", "edge"]) {
      assertExit(await sandbox.pulumi(["preview", "--expect-no-changes", "--stack", stack]));
      assertExit(await sandbox.pulumi(["refresh", "--yes", "--expect-no-changes", "--stack", stack]));
    }
  });

  it("hands each operator a share that only his key decrypts, and no other", async () => {
    const shares = (await outputs()).vaultKeyShares as { ciphertext: string; fingerprint: string }[];
    assert.equal(shares.length, 3);
    const decrypted = await Promise.all(
      ["alice", "bob", "carol"].map(async (name) => {
        const privateKey = await readPrivateKey({ armoredKey: await readFile(operatorKey(name), "utf8") });
        const share = shares.find(({ fingerprint }) => fingerprint === privateKey.getFingerprint());
        const message = await readMessage({ binaryMessage: Buffer.from(share?.ciphertext ?? "", "base64") });
        return String((await decrypt({ message, decryptionKeys: privateKey })).data);
      }),
    );
    assert.equal(new Set(decrypted).size, 3);
    secrets.push(...decrypted, ...decrypted.map((share) => Buffer.from(share, "hex").toString("base64")));
  });

  it("has no root token left, and makes one for a quorum of operators alone", async () => {
    const alone = await vfed(
      "generate-root",
      "hub",
      ...keys("alice"),
      "--out",
      join(sandbox.folder, "never"),
    );
    assertExit(alone, 1);
    await assert.rejects(stat(join(sandbox.folder, "never")), { code: "ENOENT" });
    assertExit(await vfed("generate-root", "hub", "--cancel"));

    const token = await rootToken();
    assertExit(await vault(token, "kv", "put", "-mount=secret", "survivor", "value=here"));
    await revokeRootToken();
    const refused = await vault(token, "kv", "get", "-mount=secret", "survivor");
    assert.match(refused.output, /permission denied|invalid token/);
  });

  it("is sealed after all its servers were restarted, and the operators bring it back with its data", async () => {
    assertExit(await kubectl("delete", "pods", ...servers, "--wait"));
    await eventually(async () => {
      const shown = await vfed("status", "hub");
      assertExit(shown, 1);
      assert.match(shown.output, /sealed/);
    }, settleSeconds);

    const wrong = await sandbox.run(process.execPath, [vfedProgram, "unseal", "hub"], {
      input: `${"00".repeat(33)}\n${"11".repeat(33)}\n`,
    });
    assertExit(wrong, 1);

    assertExit(await vfed("unseal", "hub", ...keys("bob", "carol")));
    assertExit(await vfed("status", "hub"));
    assertExit(await vfed("unseal", "hub"));
    const token = await rootToken();
    assert.match((await vault(token, "kv", "get", "-mount=secret", "survivor")).output, /here/);
    await revokeRootToken();
    assertExit(await sandbox.pulumi(["preview", "--expect-no-changes", "--stack", "hub"]));
  });

  it("takes a server back that has lost its volume", async () => {
    assertExit(await kubectl("delete", "pvc", "data-vault-2", "--wait=false"));
    assertExit(await kubectl("delete", "pod", "vault-2", "--wait"));
    await eventually(async () => {
      assertExit(await vfed("unseal", "hub", ...keys("alice", "bob")));
    }, settleSeconds);
    await eventually(async () => {
      assertExit(await vfed("status", "hub"));
    }, settleSeconds);
  });

  it("serves a renewed certificate without a restart", async () => {
    const { hostname } = new URL(String((await outputs()).vaultAddress));
    const before = await servedSerial(hostname);
    const started = await startTimes();
    const renewal = { type: "Issuing", status: "True", reason: "ManuallyTriggered", message: "for a test" };
    const { stdout } = await kubectl("get", "certificate", "vault-server-tls", "--output", "json");
    const { status } = JSON.parse(stdout) as { status: { conditions: object[] } };
    const patch = JSON.stringify({ status: { conditions: [...status.conditions, renewal] } });
    assertExit(
      await kubectl(
        "patch",
        "certificate",
        "vault-server-tls",
        "--subresource=status",
        "--type=merge",
        "--patch",
        patch,
      ),
    );
    await eventually(async () => {
      assert.notEqual(await servedSerial(hostname), before);
    }, settleSeconds);
    // Each server hears of it when its node has written the new file, up to two minutes later.
    await eventually(async () => {
      assertExit(await vfed("status", "hub"));
    }, settleSeconds);
    assert.equal(await startTimes(), started);
  });

  it("restarts its servers one after the other, and is healthy in the end", async () => {
    const before = await startTimes();
    assertExit(await vfed("roll", "hub", "--force", ...keys("alice", "carol")));
    assert.notEqual(await startTimes(), before);
    assertExit(await vfed("status", "hub"));
  });

  it("leaves no share, token or secret id in plain text anywhere", async () => {
    const state = await sandbox.pulumi(["stack", "export", "--show-secrets", "--stack", "hub"]);
    const access = /secretId\\*":\s*\\*"([0-9a-f-]{36})/.exec(state.stdout)?.[1];
    assert.ok(access !== undefined, "the state has Pulumi's secret id");
    secrets.push(access);
    assert.ok(secrets.length > 6 && secrets.every((secret) => secret.length > 20));

    const places: Record<string, string> = {
      "the exported state": (await sandbox.pulumi(["stack", "export", "--stack", "hub"])).stdout,
      "the events": (await kubectl("get", "events", "--all-namespaces", "--output", "json")).stdout,
      "the ConfigMaps": (await kubectl("get", "configmaps", "--all-namespaces", "--output", "json")).stdout,
      "the Secrets": await decodedSecrets(),
      "the servers' output": (
        await kubectl("logs", "--selector=component=server", "--all-containers", "--tail=-1")
      ).stdout,
    };
    for (const file of await filesBelow(join(sandbox.folder, "logs"), join(sandbox.folder, "pulumi-state"))) {
      places[file] = await readFile(file, "latin1");
    }
    const found = Object.entries(places).flatMap(([place, text]) =>
      secrets.flatMap((secret, index) => (text.includes(secret) ? [`secret ${index} in ${place}`] : [])),
    );
    assert.deepEqual(found, []);
  });

  /** When each server's container started, which a restart would change. */
  async function startTimes(): Promise<string> {
    const path =
      '{range .items[*].status.containerStatuses[?(@.name=="vault")]}{.state.running.startedAt}{"\\n"}{end}';
    return (await kubectl("get", "pods", "--selector=component=server", "--output", `jsonpath=${path}`))
      .stdout;
  }

  async function decodedSecrets(): Promise<string> {
    const { stdout } = await kubectl("get", "secrets", "--all-namespaces", "--output", "json");
    const { items } = JSON.parse(stdout) as { items: { data?: Record<string, string> }[] };
    return items
      .flatMap(({ data }) => Object.values(data ?? {}))
      .map((value) => `${value}\n${Buffer.from(value, "base64").toString("latin1")}`)
      .join("\n");
  }
});

async function servedSerial(host: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // Only the serial number is looked at; who signed it is the business of `vfed status`.
  const socket = connect({ host, port: 8200, rejectUnauthorized: false }, () => {
    resolve(socket.getPeerCertificate().serialNumber);
    socket.end();
  });
  socket.once("error", reject);
  return promise;
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
