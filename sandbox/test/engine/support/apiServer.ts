import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ApiClient } from "../../../plugins/kubernetes/api/client.ts";
import { Discovery } from "../../../plugins/kubernetes/api/discovery.ts";
import { chooseConnection } from "../../../plugins/kubernetes/api/kubeconfig.ts";
import { ObjectStore } from "../../../plugins/kubernetes/api/objects.ts";

/** Milliseconds within which a process has to be ready. */
const START_LIMIT = 60_000;

/**
 * Path of a program that the tests run.
 * @throws Error if SANDBOX_TOOLS doesn't name the folder that has it.
 */
export function toolUnderTest(name: string): string {
  const folder = process.env.SANDBOX_TOOLS;
  if (folder === undefined) {
    throw new Error(
      "set SANDBOX_TOOLS to the folder with etcd, kube-apiserver, kube-controller-manager, helm and vault that the engine tests are to run",
    );
  }
  return join(folder, name);
}

/** A Kubernetes control plane without nodes on the loopback address; it needs no privileges. */
export class ApiServer {
  /** A kubeconfig with all rights. */
  readonly kubeconfig: string;
  /** Reads and writes its objects, past the plugin under test. */
  readonly objects: ObjectStore;
  readonly client: ApiClient;
  readonly #folder: string;
  readonly #processes: ChildProcess[];

  private constructor(folder: string, kubeconfig: string, client: ApiClient, processes: ChildProcess[]) {
    this.#folder = folder;
    this.kubeconfig = kubeconfig;
    this.client = client;
    this.objects = new ObjectStore(client, new Discovery(client));
    this.#processes = processes;
  }

  /** Starts it, and answers when it serves. */
  static async start(): Promise<ApiServer> {
    const folder = await mkdtemp(join(tmpdir(), "api-server-"));
    const processes: ChildProcess[] = [];
    try {
      const [storage, peers, port] = await freePorts(3);
      const token = randomBytes(16).toString("hex");
      const keyFile = join(folder, "service-accounts.pem");
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      await writeFile(keyFile, privateKey.export({ type: "pkcs1", format: "pem" }));
      await writeFile(join(folder, "tokens.csv"), `${token},admin,admin,system:masters\n`);
      await mkdir(join(folder, "certificates"));

      processes.push(
        run(folder, "etcd", [
          `--data-dir=${join(folder, "etcd")}`,
          `--listen-client-urls=http://127.0.0.1:${String(storage)}`,
          `--advertise-client-urls=http://127.0.0.1:${String(storage)}`,
          `--listen-peer-urls=http://127.0.0.1:${String(peers)}`,
          `--initial-advertise-peer-urls=http://127.0.0.1:${String(peers)}`,
          `--initial-cluster=default=http://127.0.0.1:${String(peers)}`,
          "--unsafe-no-fsync",
        ]),
        run(folder, "kube-apiserver", [
          `--etcd-servers=http://127.0.0.1:${String(storage)}`,
          "--bind-address=127.0.0.1",
          `--secure-port=${String(port)}`,
          `--cert-dir=${join(folder, "certificates")}`,
          `--token-auth-file=${join(folder, "tokens.csv")}`,
          `--service-account-key-file=${keyFile}`,
          `--service-account-signing-key-file=${keyFile}`,
          "--service-account-issuer=https://kubernetes.default.svc",
          "--service-cluster-ip-range=10.255.0.0/24",
          "--authorization-mode=RBAC",
        ]),
      );
      const server = `https://127.0.0.1:${String(port)}`;
      const authority = await fileContents(join(folder, "certificates/apiserver.crt"), processes);
      const kubeconfig = kubeconfigFor(server, authority, token);
      const client = new ApiClient(await chooseConnection({ kubeconfig }));
      await untilReady(client, processes);

      const kubeconfigFile = join(folder, "kubeconfig");
      await writeFile(kubeconfigFile, kubeconfig, { mode: 0o600 });
      processes.push(
        run(folder, "kube-controller-manager", [
          `--kubeconfig=${kubeconfigFile}`,
          `--service-account-private-key-file=${keyFile}`,
          "--leader-elect=false",
          "--use-service-account-credentials=false",
          "--secure-port=0",
          // Ends the wait for a namespace's or an owner's deletion sooner.
          "--concurrent-gc-syncs=5",
        ]),
      );
      return new ApiServer(folder, kubeconfig, client, processes);
    } catch (error) {
      await stopAll(processes);
      const logs = await lastLines(folder);
      await rm(folder, { recursive: true, force: true });
      throw new Error(`the API server did not start: ${(error as Error).message}\n${logs}`, { cause: error });
    }
  }

  /** Ends all processes, and removes their files. */
  async stop(): Promise<void> {
    this.client.close();
    await stopAll(this.#processes);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function kubeconfigFor(server: string, authority: string, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "admin",
    contexts: [{ name: "admin", context: { cluster: "local", user: "admin" } }],
    clusters: [
      {
        name: "local",
        cluster: { server, "certificate-authority-data": Buffer.from(authority).toString("base64") },
      },
    ],
    users: [{ name: "admin", user: { token } }],
  });
}

function run(folder: string, program: string, args: readonly string[]): ChildProcess {
  const log = openSync(join(folder, `${program}.log`), "w");
  try {
    return spawn(toolUnderTest(program), args, { cwd: folder, stdio: ["ignore", log, log] });
  } finally {
    closeSync(log);
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

async function fileContents(path: string, processes: readonly ChildProcess[]): Promise<string> {
  return poll(processes, () => {
    const contents = readFileSync(path, "utf8");
    return contents.includes("END CERTIFICATE") ? contents : undefined;
  });
}

async function untilReady(client: ApiClient, processes: readonly ChildProcess[]): Promise<void> {
  await poll(processes, async () => {
    // The namespace is made by the server itself when it is otherwise up.
    await client.send({ method: "GET", path: "/api/v1/namespaces/default" });
    return true;
  });
}

/** Tries until something comes out, unless a process dies or it takes too long. */
async function poll<Result>(
  processes: readonly ChildProcess[],
  attempt: () => Result | undefined | Promise<Result | undefined>,
): Promise<Result> {
  const deadline = Date.now() + START_LIMIT;
  for (;;) {
    try {
      const result = await attempt();
      if (result !== undefined) {
        return result;
      }
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
    }
    const dead = processes.find((process) => process.exitCode !== null);
    if (dead !== undefined) {
      throw new Error(`${dead.spawnfile} exited with ${String(dead.exitCode)}`);
    }
    await delay(50);
  }
}

async function stopAll(processes: readonly ChildProcess[]): Promise<void> {
  await Promise.all(
    processes.map(async (process) => {
      if (process.exitCode === null && process.signalCode === null) {
        const exited = once(process, "exit");
        process.kill("SIGKILL");
        await exited;
      }
    }),
  );
}

async function lastLines(folder: string): Promise<string> {
  const logs = await Promise.all(
    ["etcd", "kube-apiserver"].map((program) => readFile(join(folder, `${program}.log`), "utf8").catch(() => "")),
  );
  return logs.map((log) => log.split("\n").slice(-5).join("\n")).join("\n");
}
