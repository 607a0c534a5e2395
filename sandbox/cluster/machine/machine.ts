import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runCommand } from "../../network/command.ts";
import { makeCgroup, removeCgroup } from "./cgroups.ts";
import { findMachines } from "./processes.ts";
import { renderService, type Service } from "./service.ts";

const initScript = join(import.meta.dirname, "init.sh");

// Where the distribution installs nft and runc.
const searchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What a machine is made of. */
export interface MachineSpec {
  /** Services by name; each is kept running. */
  readonly services: Readonly<Record<string, Service>>;
  /** Configuration files: path below the machine's folder, and content. */
  readonly files: Readonly<Record<string, string>>;
}

/** Folders of this machine (host) that a machine sees. */
export interface MachineFolders {
  /** The machine's own files; `/run/machine` inside. */
  readonly root: string;
  /** Output of its services and of its pods; `/var/log` inside. */
  readonly logs: string;
  /** Block storage volumes; `/run/volumes` inside. */
  readonly volumes: string;
}

/**
 * A machine of a cluster, without virtualisation: processes in a PID, mount, UTS and network namespace of their own.
 * The machine and its services outlive the process that started them; another one finds the machine by its name.
 */
export class Machine {
  /** Name, unique in the sandbox; also its host name. */
  readonly name: string;
  readonly #sandbox: string;
  readonly #folders: MachineFolders;

  constructor(sandbox: string, name: string, folders: MachineFolders) {
    this.#sandbox = sandbox;
    this.name = name;
    this.#folders = folders;
  }

  /** The control group that all containers of the machine are in, below the root of the cgroup hierarchies. */
  get cgroup(): string {
    return `${this.#sandbox}/${this.name}`;
  }

  /** Path of the log of one of the machine's services. */
  logFile(service: string): string {
    return join(this.#folders.logs, `${service}.log`);
  }

  /**
   * Starts the machine; one that runs with another specification or in another network namespace is stopped before.
   * @param namespace Path of its network namespace.
   * @returns Whether it had to be started.
   * @throws Error with the last lines of its output if it doesn't come up.
   */
  async ensure(spec: MachineSpec, namespace: string): Promise<boolean> {
    const rendered = {
      ...spec.files,
      ...Object.fromEntries(
        Object.entries(spec.services).map(([name, service]) => [`services/${name}`, renderService(service)]),
      ),
    };
    const fingerprint = createHash("sha256").update(JSON.stringify(rendered)).digest("hex");
    const fingerprintFile = join(this.#folders.root, "fingerprint");
    const running = await this.#find();
    const isCurrent = running !== undefined && (await readIfExists(fingerprintFile)) === fingerprint;
    if (isCurrent && (await isIn(running, namespace))) {
      return false;
    }
    // Also when it doesn't run: the kubelet would spend half a minute on the control groups of containers that died.
    await this.stop();
    await rm(join(this.#folders.root, "services"), { recursive: true, force: true });
    for (const [path, content] of Object.entries(rendered)) {
      const file = join(this.#folders.root, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      await chmod(file, path.startsWith("services/") ? 0o700 : 0o600);
    }
    await mkdir(this.#folders.logs, { recursive: true });
    await mkdir(this.#folders.volumes, { recursive: true });
    await makeCgroup(this.cgroup);
    await writeFile(fingerprintFile, fingerprint);
    await this.#start(namespace);
    return true;
  }

  /** Ends every process of the machine, as pulling the plug would; its files stay. */
  async stop(): Promise<void> {
    for (const { pid, machine } of await findMachines(this.#sandbox)) {
      if (machine === this.name) {
        await killMachine(pid);
      }
    }
    await removeCgroup(this.cgroup);
  }

  /** Stops the machine and removes its files and logs. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.#folders.root, { recursive: true, force: true });
    await rm(this.#folders.logs, { recursive: true, force: true });
  }

  /**
   * Runs a program in the machine's namespaces and returns its output.
   * @throws Error if the machine doesn't run, CommandError if the program fails.
   */
  async run(program: string, args: readonly string[]): Promise<string> {
    const process = await this.#find();
    if (process === undefined) {
      throw new Error(`Machine ${this.name} doesn't run, so ${program} can't be run in it.`);
    }
    const namespaces = ["--mount", "--uts", "--pid", "--net"];
    return await runCommand("nsenter", ["--target", String(process), ...namespaces, program, ...args]);
  }

  async #start(namespace: string): Promise<void> {
    const { root, logs, volumes } = this.#folders;
    const output = join(logs, "init.log");
    const booted = join(root, "booted");
    await rm(booted, { force: true });
    const log = await open(output, "a");
    const starting = spawn(
      "nsenter",
      [
        // `ip netns exec` would mount another /sys, where the kubelet doesn't find the control groups.
        `--net=${namespace}`,
        "unshare",
        "--mount",
        "--propagation=private",
        "--pid",
        "--uts",
        "--fork",
        "--mount-proc",
        ...["sh", initScript, this.#sandbox, this.name, root, logs, volumes],
      ],
      // Nothing of the caller's environment, such as a proxy or a token, is any business of the machine's.
      { detached: true, stdio: ["ignore", log.fd, log.fd], cwd: "/", env: { PATH: searchPath } },
    );
    let failure: string | undefined;
    starting.once("error", (error) => (failure = error.message));
    starting.once("exit", (code, signal) => (failure = `ended with ${String(code ?? signal)}`));
    starting.unref();
    await log.close();
    while (!existsSync(booted)) {
      if (failure !== undefined) {
        throw new Error(`Machine ${this.name} did not start (${failure}): ${await lastLines(output)}`);
      }
      await delay(10);
    }
  }

  async #find(): Promise<number | undefined> {
    return (await findMachines(this.#sandbox)).find(({ machine }) => machine === this.name)?.pid;
  }
}

/** Ends all machines of a sandbox, known or not, and removes their control groups. */
export async function stopAllMachines(sandbox: string): Promise<void> {
  const machines = await findMachines(sandbox);
  await Promise.all(machines.map(({ pid }) => killMachine(pid)));
  await removeCgroup(sandbox);
}

/** Last lines of a log, to be shown in an error. */
export async function lastLines(file: string, count = 5): Promise<string> {
  const text = (await readIfExists(file)) ?? "";
  return `${file} ends with:\n${text.trimEnd().split("\n").slice(-count).join("\n")}`;
}

/** Kills the first process of a machine and waits until the kernel has ended all the others. */
async function killMachine(pid: number): Promise<void> {
  // A zombie only waits for a parent that asks for it; nothing of the machine is left by then.
  const isAlive = async (): Promise<boolean> =>
    /\) [^ZX] /.test((await readIfExists(`/proc/${String(pid)}/stat`)) ?? "");
  if (await isAlive()) {
    process.kill(pid, "SIGKILL");
  }
  while (await isAlive()) {
    await delay(10);
  }
}

async function isIn(pid: number, namespace: string): Promise<boolean> {
  const [actual, wanted] = await Promise.all([stat(`/proc/${String(pid)}/ns/net`), stat(namespace)]);
  return actual.ino === wanted.ino;
}

async function readIfExists(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return undefined;
  }
}
