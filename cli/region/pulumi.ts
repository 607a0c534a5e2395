import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { reasonOf, unreachable } from "../failure.ts";

const run = promisify(execFile);

/** Longest output of a command, in bytes: a stack's whole state is one. */
const maxOutput = 256 * 1024 * 1024;

/**
 * What a `pulumi` command prints as JSON.
 * @param folder Folder of the Pulumi project.
 * @throws Failure if it can't be started, or fails.
 */
export async function pulumiJson(args: readonly string[], folder: string): Promise<unknown> {
  try {
    const { stdout } = await run("pulumi", ["--non-interactive", ...args], {
      cwd: folder,
      maxBuffer: maxOutput,
    });
    return JSON.parse(stdout) as unknown;
  } catch (error) {
    throw unreachable(explain(error, args, folder), error);
  }
}

function explain(error: unknown, args: readonly string[], folder: string): string {
  const { code, stderr } = error as { code?: string | number; stderr?: string };
  if (code === "ENOENT") {
    return `the program pulumi could not be started in ${folder}. Install the Pulumi CLI, or name the project's folder with --cwd.`;
  }
  const reason = (stderr ?? "").trim().replace(/^error: /, "");
  if (reason.startsWith("no stack named")) {
    return `${reason} in ${folder}. \`pulumi stack ls\` lists those that there are; another project's folder is named with --cwd.`;
  }
  return (
    `\`pulumi ${args.slice(0, 2).join(" ")}\` failed in ${folder}: ${reason === "" ? reasonOf(error) : reason}. ` +
    "Name the project's folder with --cwd, and log in as for `pulumi up`."
  );
}
