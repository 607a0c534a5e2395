import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PulumiCli } from "../../../federation/pulumi.ts";
import { pulumiEnvironment } from "../../../plugins/environment.ts";
import { installPlugins } from "../../../plugins/install.ts";
import { writeLauncher } from "../../../plugins/launcher.ts";
import { cliUnderTest } from "./cli.ts";

const SANDBOX = join(import.meta.dirname, "../../..");

/** What a run of the CLI left behind. */
export interface Run {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A copy of a test program with a Pulumi home, a backend and plugins of its own. */
export class Workspace {
  /** Temporary folder that holds everything. */
  readonly root: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(root: string, environment: NodeJS.ProcessEnv) {
    this.root = root;
    this.#environment = environment;
  }

  /**
   * Prepares a program of `test/programs`.
   * @param packages npm packages that it finds in its node_modules, taken from those of the sandbox.
   */
  static create(name: string, packages: readonly string[]): Promise<Workspace> {
    return Workspace.prepare(async (program) => {
      await cp(join(SANDBOX, "test/programs", name), program, { recursive: true });
      for (const dependency of ["@pulumi/pulumi", "typescript", ...packages]) {
        const target = join(program, "node_modules", dependency);
        await mkdir(dirname(target), { recursive: true });
        await symlink(join(SANDBOX, "node_modules", dependency), target);
      }
    });
  }

  /**
   * Prepares any program.
   * @param fill Puts it, with its node_modules, into an empty folder.
   */
  static async prepare(fill: (program: string) => Promise<void>): Promise<Workspace> {
    const root = await mkdtemp(join(tmpdir(), "engine-test-"));
    const program = join(root, "program");
    await mkdir(program);
    await fill(program);
    const state = join(root, "state");
    await mkdir(state);
    const passphraseFile = join(root, "passphrase");
    await writeFile(passphraseFile, "correct horse battery staple");
    const pulumiHome = join(root, "home");
    const { bin } = await installPlugins({
      pulumiHome,
      cli: cliUnderTest(),
      program,
      reaches: () => Promise.resolve(false),
    });
    await writeLauncher(join(pulumiHome, "plugins/resource-probe-v1.0.0/pulumi-resource-probe"), {
      node: process.execPath,
      script: join(SANDBOX, "test/engine/support/probe.ts"),
      args: ["1.0.0"],
      compileCache: join(pulumiHome, "compile-cache"),
    });
    return new Workspace(root, pulumiEnvironment({ bin, pulumiHome, state, passphraseFile }));
  }

  /** Folder of the state backend. */
  get backend(): string {
    return join(this.root, "state");
  }

  /** The program's folder. */
  get program(): string {
    return join(this.root, "program");
  }

  /** Runs the CLI to its end. */
  async pulumi(...args: readonly string[]): Promise<Run> {
    return new Promise((resolve) => {
      const options = { cwd: this.program, env: this.#environment, maxBuffer: 64 * 1024 * 1024 };
      execFile("pulumi", [...args, "--non-interactive"], options, (error, stdout, stderr) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });
  }

  /** Runs the CLI to its end and expects success. @throws Error with its output otherwise. */
  async succeed(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.pulumi(...args);
    if (exitCode !== 0) {
      throw new Error(`pulumi ${args.join(" ")} exited with ${String(exitCode)}\n${stdout}\n${stderr}`);
    }
    return stdout;
  }

  /** Starts the CLI without waiting for it. */
  start(...args: readonly string[]): ChildProcess {
    return spawn("pulumi", [...args, "--non-interactive"], {
      cwd: this.program,
      env: this.#environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** The CLI, as the sandbox itself runs it. */
  cli(): PulumiCli {
    const set = Object.entries(this.#environment).filter(([, value]) => value !== undefined);
    return new PulumiCli("pulumi", this.program, Object.fromEntries(set) as Record<string, string>);
  }

  /** Sets a variable for the runs to come. */
  setVariable(name: string, value: string): void {
    this.#environment[name] = value;
  }

  /** Removes everything. */
  async dispose(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}
