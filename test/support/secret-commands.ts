import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach } from "node:test";

import { secretCommand } from "../../cli/commands/secret.ts";
import { exitCodeOf, reasonOf } from "../../cli/failure.ts";
import type { SecretPlan } from "../../components/federation/secret-plan.ts";
import { planOf } from "./secret-plan.ts";
import { SecretsCluster, synced } from "./secrets-cluster.ts";
import { silentTerminal } from "./terminal.ts";

/** One secret of each kind, as the hub has them. */
const secrets = {
  "app/database": { home: "hub" },
  "app/generated": { home: "hub", generated: {} },
  "edge/status": { home: "edge" },
  flags: { writers: ["hub", "edge"] },
  once: { home: "hub", overwrite: false },
};

/** How a command ended. */
interface Finished {
  readonly status: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** `vfed secret` on the hub, whose outputs come without an engine. */
export class SecretCommands {
  #folder = "";
  #cluster = new SecretsCluster();

  /** For the tests of a suite, in which it is called: each has a cluster of its own, as an update has just made it. */
  static forEachTest(): SecretCommands {
    const commands = new SecretCommands();
    before(() => commands.#prepare());
    beforeEach(() => commands.#start());
    afterEach(() => commands.#cluster.close());
    after(() => rm(commands.#folder, { recursive: true }));
    return commands;
  }

  /** The hub's cluster. */
  get cluster(): SecretsCluster {
    return this.#cluster;
  }

  /** Has a test go on with another cluster, which an update with that plan has just made. */
  async startAnew(plan: SecretPlan): Promise<void> {
    await this.#cluster.close();
    await this.#start(plan);
  }

  /** Makes what stands in the place of `pulumi`. */
  async #prepare(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "vault-federation-vfed-"));
    const script = `#!/bin/sh\nexec /bin/cat "${this.#folder}/outputs"\n`;
    await writeFile(join(this.#folder, "pulumi"), script, { mode: 0o755 });
  }

  async #start(plan?: SecretPlan): Promise<void> {
    this.#cluster = await new SecretsCluster().start(plan ?? (await planOf({ secrets })));
    let looks = 1;
    this.#cluster.operator = () => synced((looks += 1));
    const { kubeconfig } = this.#cluster;
    await writeFile(join(this.#folder, "outputs"), `${JSON.stringify({ kubeconfig })}\n`);
  }

  /** Runs a command, as `vfed` does. */
  vfed = async (args: readonly string[], input = ""): Promise<Finished> => {
    const terminal = silentTerminal({ text: input });
    const { PATH } = process.env;
    // A test that has failed before leaves its own.
    const { exitCode } = process;
    process.exitCode = 0;
    process.env.PATH = this.#folder;
    try {
      await secretCommand(terminal).parseAsync([...args, "--stack", "hub"], { from: "user" });
      return {
        status: process.exitCode,
        stdout: terminal.results.join("\n"),
        stderr: terminal.reports.join("\n"),
      };
    } catch (error) {
      return {
        status: exitCodeOf(error),
        stdout: terminal.results.join("\n"),
        stderr: [...terminal.reports, reasonOf(error)].join("\n"),
      };
    } finally {
      process.env.PATH = PATH;
      process.exitCode = exitCode;
    }
  };
}
