import type { Command } from "commander";

import type { PlannedSecret } from "../../components/federation/secret-plan.ts";
import { actionNeeded, exitCodes, Failure } from "../failure.ts";
import { RegionSecrets } from "../secrets/region-secrets.ts";
import type { SecretState } from "../secrets/source.ts";
import type { Terminal } from "../terminal.ts";
import { describeWriters, oneSecretCommand, type SecretOptions } from "./secret-options.ts";

interface GetOptions extends SecretOptions {
  readonly reveal?: true;
  readonly key?: string;
}

/** `vfed secret get` */
export function secretGetCommand(terminal: Terminal): Command {
  return oneSecretCommand({
    name: "get",
    summary: "show a secret's keys, and its values if told to",
    description:
      "Shows the keys of a shared secret as the region has it: what is entered or generated there, or, of a secret with " +
      "several writers, what holds there. Values are shown with --reveal only.",
    examples: [
      "vfed secret get app/database --stack hub",
      "vfed secret get app/database --key password --reveal --stack hub | pbcopy",
    ],
  })
    .option("--reveal", "show the values, too")
    .option("--key <key>", "show the value of this key alone, as it is; needs --reveal")
    .action(async (path: string, options: GetOptions) => {
      if (options.key !== undefined && options.reveal !== true) {
        throw new Failure(exitCodes.usage, "--key shows a value. Add --reveal if that is what you want.");
      }
      const secrets = await RegionSecrets.open(options.stack, options.cwd);
      const secret = secrets.find(path);
      if (secret.source === undefined && secret.register === undefined) {
        throw actionNeeded(
          `${path} is written in ${secret.writers.join()}, and ${options.stack} has it in Vault only. ` +
            `Look at it there: --stack ${secret.writers.join()}`,
        );
      }
      const state = await secrets.current(secret);
      terminal.result(
        options.key === undefined ? show(secret, state, options) : valueOf(path, state, options.key),
      );
    });
}

function valueOf(path: string, { values }: SecretState, key: string): string {
  const value = values[key];
  if (value === undefined) {
    const known = Object.keys(values).join(", ");
    throw actionNeeded(`${path} has no key ${key}; it has ${known === "" ? "none" : known}.`);
  }
  return value;
}

function show(secret: PlannedSecret, state: SecretState, { json, reveal }: GetOptions): string {
  const { path, type } = secret;
  const keys = Object.keys(state.values).sort();
  if (json === true) {
    const { revision, removed, writer } = state;
    const content = reveal === true ? { values: state.values } : { keys };
    return JSON.stringify({ path, type, revision, removed, writer, ...content }, undefined, 2);
  }
  const lines = keys.map((key) => `  ${key}${reveal === true ? `: ${state.values[key] ?? ""}` : ""}`);
  return [`${path}: ${type}, ${describeWriters(secret)}, ${describeState(state)}`, ...lines].join("\n");
}

/** What is there of a secret, in a few words. */
export function describeState({ revision, removed, values, writer }: SecretState): string {
  const by = writer === undefined ? "" : ` by ${writer}`;
  if (removed) {
    return `removed in revision ${revision}${by}`;
  }
  if (Object.keys(values).length === 0) {
    return "without a value yet";
  }
  return revision === 0 ? "with a value" : `revision ${revision}${by}`;
}
