import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, open, readFile, rm, writeFile, type FileHandle } from "node:fs/promises";
import { Agent } from "node:https";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { sealStatus, unseal, type InitialKeys } from "../../components/vault/api/seal.ts";
import { VaultClient } from "../../components/vault/api/vault-client.ts";
import { illnesses } from "../../cli/servers/settle.ts";
import { certifyKey } from "../../sandbox/test/support/certificates.ts";

/** What each server listens for, in the order of its ports. */
const listeners = ["api", "cluster", "metrics", "metricsCluster"] as const;

const loopback = "127.0.0.1";

/** What the servers are to be. */
export interface VaultServersArgs {
  /** Number of servers; defaults to three. */
  readonly size?: number;
  /** The machine's own IP address that they listen at; defaults to loopback, which pods don't reach. */
  readonly host?: string;
  /** Seal stanza (HCL) of all servers; defaults to none, so that shares unseal them. */
  readonly seal?: string;
  /** Environment of all servers, beside what they need; defaults to nothing. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Real Vault servers on this machine that form a cluster, with TLS, as a region's do. */
export class VaultServers {
  readonly folder: string;
  readonly clients: readonly VaultClient[];
  readonly #names: readonly string[];
  readonly #host: string;
  readonly #seal: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #ports: readonly number[];
  readonly #agents: readonly Agent[];
  readonly #processes = new Map<string, ChildProcess>();

  private constructor(folder: string, ca: Buffer, ports: readonly number[], args: VaultServersArgs) {
    const names = Array.from({ length: ports.length / listeners.length }, (_, index) => `vault-${index}`);
    this.folder = folder;
    this.#names = names;
    this.#host = args.host ?? loopback;
    this.#seal = args.seal ?? "";
    this.#environment = args.environment ?? {};
    this.#ports = ports;
    this.#agents = names.map(() => new Agent({ ca, keepAlive: true, maxSockets: 1 }));
    this.clients = names.map((name, index) => {
      const agent = this.#agents[index] ?? new Agent();
      const metrics = { port: this.#port(name, "metrics"), agent };
      return new VaultClient({ name, host: this.#host, port: this.#port(name, "api"), agent, metrics });
    });
  }

  /** Starts empty servers, or leaves nothing behind. */
  static async start(args: VaultServersArgs = {}): Promise<VaultServers> {
    vaultBinary();
    const folder = await mkdtemp(join(tmpdir(), "vault-servers-test-"));
    const host = args.host ?? loopback;
    await makeCertificates(folder, host);
    const ports = await freePorts((args.size ?? 3) * listeners.length, host);
    const servers = new VaultServers(folder, await readFile(join(folder, "ca.crt")), ports, args);
    try {
      for (const name of servers.#names) {
        await mkdir(join(folder, name));
        await writeFile(join(folder, `${name}.hcl`), servers.#configuration(name));
      }
      await Promise.all(servers.#names.map((name) => servers.startServer(name)));
      return servers;
    } catch (error) {
      await servers.close();
      throw error;
    }
  }

  /** Address of a server. */
  address(name: string): string {
    return `https://${this.#host}:${this.#port(name, "api")}`;
  }

  /** The client of a server. */
  client(name: string): VaultClient {
    const client = this.clients[this.#names.indexOf(name)];
    if (client === undefined) {
      throw new Error(`there is no ${name} among ${this.#names.join(", ")}`);
    }
    return client;
  }

  /** Initialises the first server, unseals all, and waits until they are one healthy cluster. */
  async initialise(shares: number, threshold: number): Promise<InitialKeys> {
    const [first, ...others] = [this.client("vault-0"), ...this.clients.slice(1)];
    const keys = await first.send<InitialKeys>("PUT", "sys/init", {
      secret_shares: shares,
      secret_threshold: threshold,
    });
    const used = keys.keys_base64.slice(0, threshold);
    await unsealWith(first, used);
    await until(async () =>
      (await Promise.all(others.map(sealStatus))).every(({ initialized }) => initialized),
    );
    for (const server of others) {
      await unsealWith(server, used);
    }
    await this.waitUntilHealthy();
    return keys;
  }

  /** Waits until the servers are one healthy cluster, autopilot's opinion included. */
  async waitUntilHealthy(): Promise<void> {
    await until(async () => (await illnesses(this.clients)).length === 0);
  }

  /** Starts a server's process and waits until it answers. */
  async startServer(name: string): Promise<void> {
    const log = await openLog(this.folder, name);
    const process = spawn(vaultBinary(), ["server", `-config=${join(this.folder, `${name}.hcl`)}`], {
      stdio: ["ignore", log.fd, log.fd],
      env: { ...this.#environment, VAULT_RAFT_NODE_ID: name },
    });
    this.#processes.set(name, process);
    await log.close();
    await until(async () => {
      if (process.exitCode !== null) {
        throw new Error(`${name} ended: ${await readFile(join(this.folder, `${name}.log`), "utf8")}`);
      }
      return sealStatus(this.client(name)).then(
        () => true,
        () => false,
      );
    });
  }

  /** Ends a server's process as Kubernetes does. */
  async stopServer(name: string, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const process = this.#processes.get(name);
    if (process?.exitCode === null && process.signalCode === null) {
      process.kill(signal);
      await once(process, "exit");
    }
  }

  /** Takes a stopped server's data away. */
  async eraseServer(name: string): Promise<void> {
    await rm(join(this.folder, name), { recursive: true });
    await mkdir(join(this.folder, name));
  }

  /** Restarts a server, which seals it, unless a key service unseals it. */
  async restartServer(name: string): Promise<void> {
    await this.stopServer(name);
    await this.startServer(name);
  }

  /** Restarts all servers, which seals them, unless a key service unseals them. */
  async restartAll(): Promise<void> {
    for (const name of this.#names) {
      await this.stopServer(name);
    }
    await Promise.all(this.#names.map((name) => this.startServer(name)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#names.map((name) => this.stopServer(name, "SIGKILL")));
    for (const agent of this.#agents) {
      agent.destroy();
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  #port(name: string, listener: (typeof listeners)[number]): number {
    const index = this.#names.indexOf(name) * listeners.length + listeners.indexOf(listener);
    return this.#ports[index] ?? 0;
  }

  #configuration(name: string): string {
    const joins = this.#names.map(
      (other) => `
  retry_join {
    leader_api_addr = "${this.address(other)}"
    leader_ca_cert_file = "${this.folder}/ca.crt"
  }`,
    );
    return `
disable_mlock = true
api_addr = "${this.address(name)}"
cluster_addr = "https://${this.#host}:${this.#port(name, "cluster")}"
listener "tcp" {
  address = "${this.#host}:${this.#port(name, "api")}"
  cluster_address = "${this.#host}:${this.#port(name, "cluster")}"
  tls_cert_file = "${this.folder}/server.crt"
  tls_key_file = "${this.folder}/server.key"
}
listener "tcp" {
  address = "${this.#host}:${this.#port(name, "metrics")}"
  cluster_address = "${this.#host}:${this.#port(name, "metricsCluster")}"
  tls_cert_file = "${this.folder}/server.crt"
  tls_key_file = "${this.folder}/server.key"
  telemetry {
    unauthenticated_metrics_access = true
  }
}
telemetry {
  prometheus_retention_time = "30s"
  disable_hostname = true
}
storage "raft" {
  path = "${this.folder}/${name}"
  node_id = "${name}"
  performance_multiplier = 1${joins.join("")}
}
${this.#seal}
`;
  }
}

function vaultBinary(): string {
  const binary = process.env.VAULT_BINARY;
  if (binary === undefined || binary === "") {
    throw new Error(
      "VAULT_BINARY is not set: it must name a Vault program, such as one that the sandbox keeps in its cache",
    );
  }
  return binary;
}

function openLog(folder: string, name: string): Promise<FileHandle> {
  return open(join(folder, `${name}.log`), "a");
}

/** Gives a server shares. */
export async function unsealWith(server: VaultClient, shares: readonly string[]): Promise<void> {
  for (const share of shares) {
    await unseal(server, share);
  }
  await until(async () => !(await sealStatus(server)).sealed);
}

/** Waits for a condition, for three minutes at most. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 180_000;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error("the condition was not met within three minutes");
    }
    await sleep(100);
  }
}

async function freePorts(count: number, host: string): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, host));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

async function makeCertificates(folder: string, host: string): Promise<void> {
  const root = certifyKey({ commonName: "test root" });
  const server = certifyKey({ commonName: "vault", names: ["DNS:vault", `IP:${host}`], issuer: root });
  await writeFile(join(folder, "ca.crt"), root.certificate);
  await writeFile(join(folder, "server.crt"), server.certificate);
  await writeFile(join(folder, "server.key"), server.key, { mode: 0o600 });
}
