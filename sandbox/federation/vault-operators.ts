import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { runCommand, type CommandEnd, type CommandRun } from "./command.ts";
import { sharedByBoth, type Stack } from "./project.ts";
import type { PulumiCli } from "./pulumi.ts";
import { existingStacks, stateResources } from "./state.ts";

/** Exit code of `vfed` for a server that is out of reach, as while it starts. */
const outOfReach = 2;
const pollMilliseconds = 2_000;
const patienceMilliseconds = 300_000;
/** Type of the resource that exists once the operators hold the key. */
const bootstrapType = "pulumi-nodejs:dynamic/vault-federation:VaultBootstrap";

/** What the operators work with. */
export interface VaultOperatorsArgs {
  /** Folder of the program, which has `vfed`. */
  readonly checkout: string;
  /** Folder of the Pulumi project. */
  readonly project: string;
  /** Folder of the operators' private keys, `<name>.asc` each. */
  readonly keys: string;
  /** Whole environment of every command. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The operators of a sandbox's Vaults. They work as people do: with their keys, by `vfed`. */
export class VaultOperators {
  readonly #args: VaultOperatorsArgs;

  constructor(args: VaultOperatorsArgs) {
    this.#args = args;
  }

  /**
   * Unseals a region's Vault, such as after a reboot; one that is unsealed, or not there yet, stays as it is.
   * @throws Error with what `vfed` printed, if it does not succeed within five minutes.
   */
  async unseal(stack: Stack, pulumi: PulumiCli, run: CommandRun): Promise<void> {
    if (!(await hasVault(stack, pulumi))) {
      return;
    }
    const files = await readdir(this.#args.keys);
    const keys = files
      .filter((file) => file.endsWith(".asc"))
      .flatMap((file) => ["--key", join(this.#args.keys, file)]);
    const deadline = Date.now() + patienceMilliseconds;
    for (;;) {
      const { exitCode, output } = await this.#vfed(["unseal", stack, ...keys], run);
      if (exitCode === 0) {
        return;
      }
      if (exitCode !== outOfReach || Date.now() > deadline) {
        throw new Error(`\`vfed unseal ${stack}\` failed:\n\n${output.trim()}`);
      }
      await sleep(pollMilliseconds, undefined, { signal: run.signal });
    }
  }

  /**
   * Enters the secret that both regions write, unless one has, and answers what `vfed` says of all links and secrets.
   * @throws Error with what `vfed` printed, if a secret has not arrived everywhere.
   */
  async share(stacks: readonly Stack[], run: CommandRun): Promise<string> {
    const [first] = stacks;
    const path = sharedByBoth;
    if (first !== undefined && !(await this.#isEntered(first, path, run))) {
      await this.enter(first, path, randomBytes(18).toString("base64url"), run);
    }
    const deadline = Date.now() + patienceMilliseconds;
    const shown = [];
    for (const stack of stacks) {
      shown.push(`${stack}\n${await this.#arrived(["secret", "list", "--stack", stack], deadline, run)}`);
      shown.push(await this.#arrived(["link", "status", stack], deadline, run));
    }
    return shown.join("\n");
  }

  /**
   * Enters a secret's only value, under the key `value`, and waits until all Vaults have it.
   * @throws Error with what `vfed` printed, which holds no values, if one does not get it.
   */
  async enter(stack: Stack, path: string, value: string, run: CommandRun): Promise<void> {
    await this.#succeed(["secret", "set", path, "value=-", "--stack", stack], {
      ...run,
      input: `${value}\n`,
    });
  }

  /**
   * What `vfed status` prints of all regions.
   * @throws Error with the same, if a Vault is not in good health.
   */
  async status(stacks: readonly Stack[], run: CommandRun): Promise<string> {
    const { exitCode, stdout, output } = await this.#vfed(["status", ...stacks], run);
    if (exitCode !== 0) {
      throw new Error(`not every Vault is in good health:\n\n${output.trim()}`);
    }
    return stdout;
  }

  async #isEntered(stack: Stack, path: string, run: CommandRun): Promise<boolean> {
    const { stdout } = await this.#vfed(["secret", "list", "--stack", stack, "--json"], run);
    const listed = JSON.parse(stdout) as { path: string; revision?: number }[];
    return (listed.find((secret) => secret.path === path)?.revision ?? 0) > 0;
  }

  /** What `vfed` shows once nothing is missing: what a region writes arrives when the other looks for it. */
  async #arrived(args: readonly string[], deadline: number, run: CommandRun): Promise<string> {
    for (;;) {
      const { exitCode, stdout, output } = await this.#vfed(args, run);
      if (exitCode === 0) {
        return stdout;
      }
      if (Date.now() > deadline) {
        throw new Error(`not everything has arrived in five minutes:\n\n${output.trim()}`);
      }
      await sleep(pollMilliseconds, undefined, { signal: run.signal });
    }
  }

  async #succeed(args: readonly string[], run: CommandRun): Promise<string> {
    const { exitCode, stdout, output } = await this.#vfed(args, run);
    if (exitCode !== 0) {
      throw new Error(`\`vfed ${args.slice(0, 2).join(" ")}\` failed:\n\n${output.trim()}`);
    }
    return stdout;
  }

  #vfed(args: readonly string[], run: CommandRun): Promise<CommandEnd> {
    const { checkout, project: folder, environment } = this.#args;
    const program = join(checkout, "cli", "vfed.ts");
    return runCommand(process.execPath, [program, ...args], { folder, environment }, run);
  }
}

/**
 * Whether the operators hold the key to a stack's Vault. The state tells, as an update that failed later on left no outputs.
 */
async function hasVault(stack: Stack, pulumi: PulumiCli): Promise<boolean> {
  if (!(await existingStacks(pulumi)).includes(stack)) {
    return false;
  }
  return (await stateResources(pulumi, stack)).some(({ type }) => type === bootstrapType);
}
