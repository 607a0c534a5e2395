import { resolve } from "node:path";
import process from "node:process";

import { Argument, Command, InvalidArgumentError, Option } from "commander";

import { duration, seconds } from "../../config/rules.ts";
import { actionNeeded, exitCodes, Failure } from "../failure.ts";
import { Region } from "../region/region.ts";
import { keyServiceOf } from "../servers/unseal.ts";
import { SharePool } from "../shares/share-pool.ts";
import { openShares } from "../shares/share-source.ts";
import type { Terminal } from "../terminal.ts";

/** Options that every command has. */
export interface SharedOptions {
  /** Folder of the Pulumi project. */
  readonly cwd: string;
  readonly json?: true;
}

/** Options of commands that work on one stack. */
export interface StackOptions extends SharedOptions {
  readonly stack?: string;
  readonly timeout: number;
}

/** Options of commands that need key shares. */
export interface ShareOptions extends StackOptions {
  readonly key?: readonly string[];
}

/** What the exit codes mean, for the help of every command. */
export const exitCodeHelp = `
Exit codes:
  ${exitCodes.fine}    done, or healthy
  ${exitCodes.actionNeeded}    something needs a person: a sealed server, missing or wrong shares, a refusal
  ${exitCodes.unknown}    could not be found out or done: a stack, a cluster or a server is out of reach
  ${exitCodes.usage}   the command was not understood
`;

/** What the help says of a command. */
export interface CommandHelp {
  readonly name: string;
  /** A few words, for the list of commands. */
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly string[];
}

/** A command with what all of them have. */
export function baseCommand({ name, summary, description, examples }: CommandHelp): Command {
  const shown = examples.map((example) => `  ${example}`).join("\n");
  return new Command(name)
    .summary(summary)
    .description(description)
    .addOption(
      new Option("--cwd <folder>", "folder of the Pulumi project")
        .env("VAULT_FEDERATION_PROJECT")
        .argParser((folder: string) => resolve(folder))
        .default(process.cwd(), "the current one"),
    )
    .option("--json", "print the result as JSON on stdout")
    .addHelpText("after", `\nExamples:\n${shown}\n${exitCodeHelp}`);
}

/** A command that works on one stack. `timeout` is how long it waits for a server by default. */
export function stackCommand(help: CommandHelp, timeout: string): Command {
  return baseCommand(help)
    .addArgument(new Argument("[stack]", "stack of the region"))
    .option("--stack <name>", "the same, as Pulumi has it")
    .addOption(timeoutOption("each server", timeout));
}

/** `--timeout`: how long a command waits for something, in milliseconds; `byDefault` is a duration. */
export function timeoutOption(what: string, byDefault: string): Option {
  return new Option("--timeout <duration>", `how long to wait for ${what}, such as 90s or 10m`)
    .argParser(milliseconds)
    .default(milliseconds(byDefault), byDefault);
}

/** Reads a share where {@link Region.keyShares} finds it, too: those of a re-key are there before the stack knows them. */
const gpgRecipe =
  `kubectl -n vault get secret vault-key-shares -o json | jq -r '.data["shares.json"] | @base64d | fromjson | .shares[0].ciphertext' | ` +
  "base64 -d | gpg -d";

/** Adds what a command needs that asks for key shares. */
export function withShares(command: Command): Command {
  return command
    .option(
      "--key <file>",
      "an operator's armoured private key, to decrypt the share with; may be given several times",
      (file: string, files: readonly string[] | undefined) => [...(files ?? []), file],
    )
    .addHelpText(
      "after",
      "Shares come from --key; without it they are asked for, or read from stdin, a line each.\n" +
        "Where the key is in gpg's hands, with kubectl on the region's cluster (the first share is [0]):\n" +
        `  ${gpgRecipe} | vfed ${command.name()} hub\n`,
    );
}

/** Opens the Vault of the stack that was named, and closes it after the work. */
export async function withRegion<T>(
  argument: string | undefined,
  options: StackOptions,
  work: (region: Region) => Promise<T>,
): Promise<T> {
  const stack = argument ?? options.stack;
  if (stack === undefined) {
    throw new Failure(exitCodes.usage, "no stack was named. Add it to the command, such as hub.");
  }
  if (argument !== undefined && options.stack !== undefined && argument !== options.stack) {
    throw new Failure(exitCodes.usage, `two stacks were named, ${argument} and ${options.stack}. Name one.`);
  }
  const region = await Region.open(stack, options.cwd);
  try {
    return await work(region);
  } finally {
    region.close();
  }
}

/** The shares to unseal a region's servers with: nobody is asked for any where a key service does that. */
export async function unsealShares(
  region: Region,
  { key }: ShareOptions,
  terminal: Terminal,
): Promise<SharePool> {
  const keyService = await keyServiceOf(region.servers.all);
  if (keyService === undefined) {
    return openShares(key ?? [], () => region.keyShares(), terminal);
  }
  terminal.report(`the key service (${keyService}) unseals these servers by itself; no share is needed`);
  return SharePool.of([]);
}

/** The token in the environment, as Vault's own programs use it. */
export function environmentToken(): string | undefined {
  const token = process.env.VAULT_TOKEN;
  return token === "" ? undefined : token;
}

/** Reads a whole number of an option. */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) {
    throw new InvalidArgumentError("It must be a whole number.");
  }
  return Number(text);
}

/** A failure for servers that still need shares. */
export function moreSharesNeeded(what: string, command: string): Failure {
  return actionNeeded(
    `${what}. Have another operator run \`${command}\` with their share; those given are kept until then.`,
  );
}

function milliseconds(text: string): number {
  const parsed = duration.safeParse(text);
  if (!parsed.success) {
    throw new InvalidArgumentError("It must be a whole number with a unit, such as 90s or 10m.");
  }
  return seconds(parsed.data) * 1_000;
}
