import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runCommand, type CommandRun } from "./command.ts";

/** The helm command line. */
export class HelmCli {
  readonly #program: string;
  readonly #environment: Readonly<Record<string, string>>;

  /** Takes the path of the program and the whole environment of every command. */
  constructor(program: string, environment: Readonly<Record<string, string>>) {
    this.#program = program;
    this.#environment = environment;
  }

  /**
   * Runs a command on the cluster of a kubeconfig (YAML), which only its owner can read meanwhile; answers what it printed.
   * @throws Error with everything it printed, if it fails; the signal's reason if that is aborted already.
   */
  async run(args: readonly string[], kubeconfig: string, run: CommandRun = {}): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "vfed-helm-"));
    try {
      const file = join(folder, "kubeconfig");
      await writeFile(file, kubeconfig, { mode: 0o600 });
      const environment = { ...this.#environment, KUBECONFIG: file };
      const { exitCode, stdout, output } = await runCommand(
        this.#program,
        args,
        { folder, environment },
        run,
      );
      if (exitCode !== 0) {
        throw new Error(`\`helm ${args.join(" ")}\` failed:\n\n${output.trim()}`);
      }
      return stdout;
    } finally {
      await rm(folder, { recursive: true });
    }
  }
}
