import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

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

  /** Makes what stands in the place of `pulumi`. */
  async prepare(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "vault-federation-vfed-"));
    const script = `#!/bin/sh\nexec /bin/cat "${this.#folder}/outputs"\n`;
    await writeFile(join(this.#folder, "pulumi"), script, { mode: 0o755 });
  }

  /** Starts the hub's cluster, which whoever starts it closes. */
  async start(plan?: SecretPlan): Promise<SecretsCluster> {
    const cluster = await new SecretsCluster().start(plan ?? (await planOf({ secrets })));
    let looks = 1;
    cluster.operator = () => synced((looks += 1));
    const { kubeconfig } = cluster;
    await writeFile(join(this.#folder, "outputs"), `${JSON.stringify({ kubeconfig })}\n`);
    return cluster;
  }

  /** Removes what was prepared. */
  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true });
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
