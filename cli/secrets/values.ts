import { revisionKey, tombstoneKey } from "../../components/federation/register-template.ts";
import { actionNeeded, exitCodes, Failure } from "../failure.ts";
import type { Terminal } from "../terminal.ts";

/** Keys and values of a secret. */
export type Values = Readonly<Record<string, string>>;

/**
 * The keys that arguments such as `password=-` name.
 * @throws Failure if one has a value in it, or a key that Kubernetes or the register does not allow.
 */
export function keysOf(assignments: readonly string[]): string[] {
  const keys = assignments.map((assignment) => {
    const [key = "", ...value] = assignment.split("=");
    if (!/^[A-Za-z0-9._-]{1,100}$/.test(key)) {
      throw usage(
        "a key has 1 to 100 letters, digits, dots, hyphens and underscores. Write, for example, password=-",
      );
    }
    if (value.join("=") !== "-") {
      // Whatever it was, it is not said again.
      throw usage(
        `the value of ${key} was not "-". Values are asked for, or read from stdin: on the command line other ` +
          `users and the shell's history see them. Write ${key}=-, and change a value that stood there already.`,
      );
    }
    if (key === revisionKey || key === tombstoneKey) {
      throw usage(`the key ${key} has a meaning of its own in shared secrets. Take another one.`);
    }
    return key;
  });
  const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
  if (repeated !== undefined) {
    throw usage(`the key ${repeated} was named twice. Name it once.`);
  }
  return keys;
}

/**
 * Asks for the values of keys, each twice; or reads them from stdin, where one value is all of it without a last line
 * break, and several are a JSON object.
 * @throws Failure if they are incomplete. It holds nothing of what was read.
 */
export async function readValues(keys: readonly string[], terminal: Terminal): Promise<Values> {
  const values = terminal.interactive ? await askAll(keys, terminal) : parse(keys, await terminal.readText());
  const empty = keys.filter((key) => values[key] === "");
  if (empty.length > 0) {
    throw actionNeeded(`there is no value for ${empty.join(", ")}. Nothing was changed; try again.`);
  }
  return values;
}

async function askAll(keys: readonly string[], terminal: Terminal): Promise<Values> {
  const values: Record<string, string> = {};
  for (const key of keys) {
    const value = await terminal.askSecret(`${key} (a value of several lines: by stdin)`);
    if ((await terminal.askSecret(`${key} again`)) !== value) {
      throw actionNeeded(`the two values of ${key} differ. Nothing was changed; try again.`);
    }
    values[key] = value;
  }
  return values;
}

function parse(keys: readonly string[], text: string): Values {
  const [only, ...others] = keys;
  if (only !== undefined && others.length === 0) {
    return { [only]: text.replace(/\r?\n$/, "") };
  }
  const parsed = parseJson(text);
  if (
    typeof parsed !== "object" ||
    parsed === null ||
    Object.keys(parsed).sort().join() !== [...keys].sort().join() ||
    !Object.values(parsed).every((value) => typeof value === "string")
  ) {
    throw actionNeeded(
      `stdin is no JSON object with a text for each of ${keys.join(", ")}, and nothing else. ` +
        "See the examples in `vfed secret set --help`.",
    );
  }
  return parsed as Values;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The error would quote what was read.
    return undefined;
  }
}

function usage(message: string): Failure {
  return new Failure(exitCodes.usage, message);
}
