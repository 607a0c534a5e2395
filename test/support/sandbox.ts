import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Identity } from "../../sandbox/state/identity.ts";
import { findAbandonedFolders, makeTestFolder } from "../../sandbox/test/support/test-folder.ts";
import { runningProcesses, type RunningProcess } from "../../sandbox/tools/process.ts";
import { run, type Finished, type RunOptions } from "./command.ts";
import { TestStack } from "./stack.ts";

const cli = fileURLToPath(new URL("../../sandbox/cli/main.ts", import.meta.url));
const folderPrefix = "vault-federation-test-";

/**
 * A sandbox of the tests' own, driven as a user drives it: by its command line and its environment file.
 * It has its own state folder, so it neither sees nor disturbs the one of `make sandbox`.
 */
export class TestSandbox {
  /** Its state folder. */
  readonly folder: string;
  /** All that commands have printed, but for those that were told to show secrets, and kubectl's lists of Secrets. */
  readonly printed: string[] = [];
  #environment: Readonly<Record<string, string>> = {};

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** A sandbox that is not up yet. */
  static async create(): Promise<TestSandbox> {
    for (const folder of await findAbandonedFolders(folderPrefix)) {
      // Clusters of a test that was killed would go on running, in the way of those that are to come.
      const { exitCode, output } = await new TestSandbox(folder).command(["down"]);
      if (exitCode !== 0) {
        process.stderr.write(`what an earlier test left in ${folder} could not be taken down: ${output}\n`);
      }
    }
    return new TestSandbox(await makeTestFolder(folderPrefix));
  }

  /** Runs a command of the sandbox's own command line. */
  async command(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const finished = await run(process.execPath, [cli, ...args, "--state", this.folder], options);
    this.printed.push(finished.output);
    this.#environment = await environmentOf(this.folder);
    return finished;
  }

  /** Runs a program in the sandbox's environment: pulumi, kubectl or helm. */
  async run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const environment = { ...this.#environment, ...options.environment };
    const finished = await run(program, args, { ...options, environment });
    if (program !== "kubectl" && !args.includes("--show-secrets")) {
      this.printed.push(finished.output);
    }
    return finished;
  }

  /** Runs `pulumi` without questions and colours. */
  async pulumi(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    return this.run("pulumi", ["--non-interactive", "--color", "never", ...args], options);
  }

  /** One of its stacks. */
  stack(name: string): TestStack {
    return new TestStack(this, name);
  }

  /** Sends a request to the emulated Linode API, and answers what it says; `/faults` is its own. */
  async linode(method: string, path: string, body?: object): Promise<unknown> {
    const { LINODE_URL: url, LINODE_TOKEN: token } = this.#environment;
    const response = await fetch(`${url ?? ""}${path}`, {
      method,
      headers: { authorization: `Bearer ${token ?? ""}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`${method} ${path}: ${response.status} ${text}`);
    }
    return text === "" ? undefined : JSON.parse(text);
  }

  /** All entries of a list of the emulated Linode API. */
  async list(path: string): Promise<readonly Record<string, unknown>[]> {
    const { data } = (await this.linode("GET", `/v4${path}`)) as { data: Record<string, unknown>[] };
    return data;
  }

  /** What tells it from other sandboxes of this machine. */
  async identity(): Promise<Identity> {
    return JSON.parse(await readFile(join(this.folder, "identity.json"), "utf8")) as Identity;
  }

  /** Its processes: its machines and the background process have its folder among their arguments. */
  async processes(): Promise<readonly RunningProcess[]> {
    const processes = await runningProcesses();
    return processes.filter(({ command }) => command.some((argument) => argument.includes(this.folder)));
  }

  /** Kills its processes, as a reboot would. */
  async kill(): Promise<void> {
    for (const { pid } of await this.processes()) {
      killIfRunning(pid);
    }
  }

  /** Kills the engine that works on its stacks, with its plugins, as a loss of power would. */
  async killEngine(): Promise<void> {
    const backend = `PULUMI_BACKEND_URL=${this.#environment.PULUMI_BACKEND_URL ?? ""}`;
    for (const { pid, command } of await runningProcesses()) {
      // It may end while it is looked at.
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      if (environment.split("\0").includes(backend) && !command[0]?.endsWith("kubectl")) {
        killIfRunning(pid);
      }
    }
  }

  /** Takes it down, whatever state it is in, and removes its folder. */
  async remove(): Promise<Finished> {
    const finished = await this.command(["down"]);
    await rm(this.folder, { recursive: true, force: true });
    return finished;
  }
}

async function environmentOf(folder: string): Promise<Record<string, string>> {
  const text = await readFile(join(folder, "env.sh"), "utf8").catch(() => "");
  return Object.fromEntries(
    [...text.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, name, value]) => [name ?? "", value ?? ""]),
  );
}

/** With the first process of a machine all others of the machine end. */
function killIfRunning(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") {
      throw error;
    }
  }
}
