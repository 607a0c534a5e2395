import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import { reachableVault, stackKubeconfig } from "../../../cli/region/pulumi-stack.ts";

const run = promisify(execFile);
const shares = [{ fingerprint: "ab", ciphertext: "cd" }];
const kubeconfig = "kind: Config";

describe("A stack whose first update failed behind Vault's bootstrap,", () => {
  let folder: string;

  before(async () => {
    const program = process.env.PULUMI_BINARY;
    assert.ok(
      program,
      "PULUMI_BINARY must name a Pulumi CLI, such as one that the sandbox keeps in its cache",
    );
    folder = await mkdtemp(join(tmpdir(), "vfed-pulumi-stack-"));
    Object.assign(process.env, {
      PATH: [dirname(program), process.env.PATH].join(delimiter),
      PULUMI_HOME: join(folder, "home"),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "a passphrase",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    });
    await writeFile(join(folder, "Pulumi.yaml"), "name: vault-federation\nruntime: nodejs\n");
    await pulumi("stack", "init", "hub");
    await pulumi("stack", "init", "edge");
    await pulumi("stack", "import", "--stack", "hub", "--file", await stateFile());
  });
  after(() => rm(folder, { recursive: true }));

  const pulumi = (...args: string[]) => run("pulumi", ["--non-interactive", ...args], { cwd: folder });

  /** A state with a secret in it, for Pulumi to encrypt. */
  async function stateFile(): Promise<string> {
    const component = (type: string, outputs: object) => ({
      urn: `urn:pulumi:hub::vault-federation::${type}::${type}`,
      custom: false,
      type,
      outputs,
    });
    const resources = [
      component("pulumi:pulumi:Stack", {}),
      component("vault-federation:cluster:LkeCluster", {
        kubeconfig: {
          "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
          plaintext: JSON.stringify(kubeconfig),
        },
      }),
      component("vault-federation:certificates:CertManager", { caBundle: "a root certificate" }),
      component("vault-federation:vault:VaultServer", { address: "https://198.51.100.7:8200" }),
      component("vault-federation:vault:VaultBootstrap", { clusterId: "cluster-1", shares }),
    ];
    const manifest = { time: "2026-01-02T03:04:05Z", magic: "", version: "" };
    const { stdout } = await pulumi("stack", "export", "--stack", "hub");
    const { deployment } = JSON.parse(stdout) as { deployment: object };
    const file = join(folder, "state.json");
    await writeFile(file, JSON.stringify({ version: 3, deployment: { ...deployment, manifest, resources } }));
    return file;
  }

  it("has no outputs, and its secrets are encrypted", async () => {
    assert.deepEqual(JSON.parse((await pulumi("stack", "output", "--json", "--stack", "hub")).stdout), {});
    const { stdout } = await pulumi("stack", "export", "--stack", "hub");
    assert.doesNotMatch(stdout, /kind: Config/);
    assert.match(stdout, /"ciphertext": "v1:/);
  });

  it("has its Vault, its key shares and its cluster in its state", async () => {
    assert.deepEqual(await reachableVault("hub", folder), {
      kubeconfig,
      caBundle: "a root certificate",
      vaultAddress: "https://198.51.100.7:8200",
      vaultNamespace: "vault",
      vaultClusterId: "cluster-1",
      vaultKeyShares: shares,
    });
    assert.equal(await stackKubeconfig("hub", folder), kubeconfig);
  });

  it("is told apart from one that is not up", async () => {
    await assert.rejects(reachableVault("edge", folder), {
      exitCode: 1,
      message: /^stack edge has no Vault/,
    });
    await assert.rejects(stackKubeconfig("edge", folder), {
      exitCode: 1,
      message:
        "stack edge has no cluster: neither its outputs nor its state have a kubeconfig. Run `pulumi up` first.",
    });
  });

  it("is told apart from one that does not exist", async () => {
    await assert.rejects(reachableVault("nowhere", folder), {
      exitCode: 2,
      message: `no stack named 'nowhere' found in ${folder}. \`pulumi stack ls\` lists those that there are; another project's folder is named with --cwd.`,
    });
  });
});
