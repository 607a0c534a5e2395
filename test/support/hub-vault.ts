import assert from "node:assert/strict";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { Agent } from "node:https";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { decrypt, readMessage, readPrivateKey } from "openpgp";

import { kubeConfigFrom } from "../../components/cluster/kube-config.ts";
import { VaultClient } from "../../components/vault/api/vault-client.ts";
import {
  Journal,
  type AccessCredential,
  type JournalEntry,
} from "../../components/vault/bootstrap/journal.ts";
import { eventually } from "./eventually.ts";
import { assertExit, type Finished, type RunOptions } from "./command.ts";
import type { TestSandbox } from "./sandbox.ts";

const vfedProgram = fileURLToPath(new URL("../../cli/vfed.ts", import.meta.url));

/** Who opens the Vaults of a sandbox; any two of them together. */
export const operatorNames = ["alice", "bob", "carol"] as const;
/** One of a sandbox's operators. */
export type OperatorName = (typeof operatorNames)[number];

/** A resource as a stack's state keeps it, as far as the tests look at it. */
interface StoredResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly outputs?: Readonly<Partial<Record<"base64" | "access", { readonly plaintext: string }>>>;
}

/** The Vault of a sandbox's hub, as its operators and its users see it. */
export class HubVault {
  readonly sandbox: TestSandbox;
  /** Everything secret that the tests have seen, and that must be nowhere in plain text. */
  readonly secrets: string[] = [];
  /** Tokens of peers that the tests have seen: the regions' clusters have them in Secrets, and nobody anywhere else. */
  readonly tokens: string[] = [];
  /** Values that the tests have entered: they are in Secrets and Vaults, and nobody else has them. */
  readonly entered: string[] = [];
  /** What servers have printed whose pods are gone since. */
  readonly serverLogs: string[] = [];
  readonly #outputs = new Map<string, { mtimeNs: bigint; outputs: Record<string, unknown> }>();

  constructor(sandbox: TestSandbox) {
    this.sandbox = sandbox;
  }

  /** Runs kubectl in Vault's namespace. */
  kubectl(...args: string[]): Promise<Finished> {
    return this.#kubectl("hub", ...args);
  }

  #kubectl(region: string, ...args: string[]): Promise<Finished> {
    return this.sandbox.run("kubectl", ["--context", region, "--namespace", "vault", ...args]);
  }

  /** Keeps what a region's servers have printed: it goes with their pods. */
  async keepLogs(region = "hub"): Promise<void> {
    const logs = ["logs", "--selector=component=server", "--all-containers", "--tail=-1"];
    const shown = await this.#kubectl(region, ...logs);
    assert.notEqual(shown.stdout, "", `the servers of ${region} print nothing`);
    this.serverLogs.push(shown.stdout);
  }

  /** Restarts all servers of a region, which seals its Vault. */
  async restartServers(region = "hub"): Promise<void> {
    await this.keepLogs(region);
    assertExit(await this.#kubectl(region, "delete", "pods", "vault-0", "vault-1", "vault-2", "--wait"));
  }

  /**
   * Takes servers' volumes away, and their pods. A pod that is made before its claim is gone waits for another one until
   * the scheduler looks at it again, which takes minutes.
   * @param kinds What the volumes hold, by which their claims are named.
   */
  async loseVolumes(servers: readonly string[], kinds: readonly ("data" | "audit")[]): Promise<void> {
    await this.keepLogs();
    const claims = servers.flatMap((server) => kinds.map((kind) => `${kind}-${server}`));
    const lost = (await this.#claims()).filter(({ name }) => claims.includes(name));
    assert.equal(lost.length, claims.length);
    assertExit(await this.kubectl("delete", "pvc", ...claims, "--wait=false"));
    assertExit(await this.kubectl("delete", "pods", ...servers, "--wait"));
    await eventually(async () => {
      const left = new Set((await this.#claims()).map(({ uid }) => uid));
      assert.ok(lost.every(({ uid }) => !left.has(uid)));
    });
    const pending = ["--selector=component=server", "--field-selector=status.phase=Pending"];
    assertExit(await this.kubectl("delete", "pods", ...pending, "--wait"));
  }

  async #claims(): Promise<readonly { readonly name: string; readonly uid: string }[]> {
    const shown = await this.kubectl("get", "pvc", "--output", "json");
    assertExit(shown);
    const { items } = JSON.parse(shown.stdout) as { items: { metadata: { name: string; uid: string } }[] };
    return items.map(({ metadata }) => metadata);
  }

  /** Runs `vfed`. */
  vfed(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return this.sandbox.run(process.execPath, [vfedProgram, ...args], options);
  }

  /** File of an operator's private key. */
  keyFile(name: OperatorName): string {
    return join(this.sandbox.folder, "operators", `${name}.asc`);
  }

  /** Makes a folder of the operators' public keys. */
  async publicKeys(): Promise<string> {
    const folder = join(this.sandbox.folder, "public-keys");
    await mkdir(folder);
    for (const name of operatorNames) {
      const privateKey = await readPrivateKey({ armoredKey: await readFile(this.keyFile(name), "utf8") });
      await writeFile(join(folder, `${name}.asc`), privateKey.toPublic().armor());
    }
    return folder;
  }

  /** Arguments that let `vfed` use the keys of operators. */
  keys(...names: OperatorName[]): string[] {
    return names.flatMap((name) => ["--key", this.keyFile(name)]);
  }

  /** A region's outputs, secrets included; asked for again once its state has changed. */
  async outputs(stack = "hub"): Promise<Record<string, unknown>> {
    const stateFolder = join(this.sandbox.folder, "pulumi-state/.pulumi/stacks/vault-federation");
    const { mtimeNs } = await stat(join(stateFolder, `${stack}.json`), { bigint: true });
    const known = this.#outputs.get(stack);
    if (known?.mtimeNs === mtimeNs) {
      return known.outputs;
    }
    const show = ["stack", "output", "--json", "--show-secrets", "--stack", stack];
    const outputs = JSON.parse((await this.sandbox.pulumi(show)).stdout) as Record<string, unknown>;
    this.#outputs.set(stack, { mtimeNs, outputs });
    return outputs;
  }

  /** The operators' shares (hex) of a region's key, which their own PGP keys decrypt. */
  async shares(stack = "hub"): Promise<string[]> {
    const { vaultKeyShares } = await this.outputs(stack);
    const shares = vaultKeyShares as { ciphertext: string; fingerprint: string }[];
    assert.equal(shares.length, operatorNames.length);
    return Promise.all(
      operatorNames.map(async (name) => {
        const armoredKey = await readFile(this.keyFile(name), "utf8");
        const privateKey = await readPrivateKey({ armoredKey });
        const share = shares.find(({ fingerprint }) => fingerprint === privateKey.getFingerprint());
        const message = await readMessage({ binaryMessage: Buffer.from(share?.ciphertext ?? "", "base64") });
        return String((await decrypt({ message, decryptionKeys: privateKey })).data);
      }),
    );
  }

  /** The key that opens the memory of a region's bootstrap. */
  async journalKey(stack = "hub"): Promise<Buffer> {
    return journalKeyIn(await this.#state(stack));
  }

  /** What Pulumi logs in to a region's Vault with. */
  async access(stack = "hub"): Promise<AccessCredential> {
    const run = (await this.#state(stack)).find(({ urn }) => urn.endsWith("-bootstrap-run"));
    return JSON.parse(run?.outputs?.access?.plaintext ?? "") as AccessCredential;
  }

  /** What a region's bootstrap remembers, which the stack's state opens, also while an update is under way. */
  async journal(stack = "hub"): Promise<JournalEntry> {
    const view = ["config", "view", "--raw", "--minify", "--output", "json", "--context", stack];
    const { stdout: kubeconfig } = await this.sandbox.run("kubectl", view);
    const resources = await this.#state(stack);
    const cluster = resources.find(({ type }) => type === "linode:index/lkeCluster:LkeCluster");
    const { entry } = await Journal.open(kubeConfigFrom(kubeconfig), {
      namespace: "vault",
      name: "vault-bootstrap",
      key: journalKeyIn(resources),
      kubernetesClusterId: cluster?.id ?? "",
      // Nothing is written.
      deadline: 0,
      graceMilliseconds: 0,
    });
    return entry;
  }

  async #state(stack: string): Promise<readonly StoredResource[]> {
    const state = await this.sandbox.pulumi(["stack", "export", "--show-secrets", "--stack", stack]);
    assertExit(state);
    const { deployment } = JSON.parse(state.stdout) as { deployment: { resources: StoredResource[] } };
    return deployment.resources;
  }

  /** A client of a region's active server, at the address that other regions use. */
  async client(token?: string, stack = "hub"): Promise<VaultClient> {
    const { vaultAddress, caBundle } = await this.outputs(stack);
    const { hostname: host } = new URL(String(vaultAddress));
    return new VaultClient({ name: "vault", host, agent: new Agent({ ca: String(caBundle) }) }, token);
  }

  /** Lets operators make a root token, does something with it, and has it revoked. */
  async withRootToken<T>(work: (vault: VaultClient) => Promise<T>, stack = "hub"): Promise<T> {
    const file = join(this.sandbox.folder, `root-token-${stack}`);
    assertExit(await this.vfed(["generate-root", stack, ...this.keys("alice", "carol"), "--out", file]));
    const token = (await readFile(file, "utf8")).trim();
    this.secrets.push(token);
    try {
      return await work(await this.client(token, stack));
    } finally {
      assertExit(await this.vfed(["revoke-root", stack, "--file", file]));
    }
  }

  /** When each server's container started, which a restart would change. */
  async startTimes(): Promise<string> {
    const path =
      '{range .items[*].status.containerStatuses[?(@.name=="vault")]}{.state.running.startedAt}{"\\n"}{end}';
    const shown = await this.kubectl(
      "get",
      "pods",
      "--selector=component=server",
      "--output",
      `jsonpath=${path}`,
    );
    assertExit(shown);
    return shown.stdout;
  }

  /** Fails unless `vfed status` says that all is well. */
  async assertHealthy(): Promise<void> {
    assertExit(await this.vfed(["status", "hub"]));
  }

  /** Has the operators open a region's Vault, as soon as it can be opened. */
  async unseal(stack = "hub"): Promise<void> {
    await eventually(async () => {
      assertExit(await this.vfed(["unseal", stack, ...this.keys("alice", "bob")]));
    }, 180);
  }
}

function journalKeyIn(resources: readonly StoredResource[]): Buffer {
  const key = resources.find(({ urn }) => urn.endsWith("-bootstrap-journal-key"));
  return Buffer.from(JSON.parse(key?.outputs?.base64?.plaintext ?? "") as string, "base64");
}
