import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

import { PulumiCli } from "../../../../federation/pulumi.ts";

/** What a scripted `pulumi` answers to the commands that a shell pattern fits. */
export interface ScriptedAnswer {
  readonly commands: string;
  /** What it prints; nothing by default. */
  readonly stdout?: string;
  /** What it complains of: then it fails. */
  readonly failure?: string;
}

/** A program that stands for `pulumi`: it answers as it is told, and keeps a list of what it was asked. */
export interface ScriptedPulumi {
  /** Folder that the program lies in, to be removed after the test. */
  readonly folder: string;
  readonly pulumi: PulumiCli;
  /** The commands so far; `upsert: ` stands before those that may take over objects that exist already. */
  readonly asked: () => Promise<readonly string[]>;
  /** The state that was imported last; empty if none was. */
  readonly imported: () => Promise<string>;
}

/** Writes the program; what nothing is said of succeeds and prints nothing. */
export async function scriptPulumi(
  context: TestContext,
  answers: readonly ScriptedAnswer[],
): Promise<ScriptedPulumi> {
  const folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  context.after(() => rm(folder, { recursive: true }));
  const cases = await Promise.all(
    answers.map(async ({ commands, stdout = "", failure }, index) => {
      const file = join(folder, `answer-${String(index)}`);
      await writeFile(file, failure ?? stdout);
      return `${commands}) cat '${file}'${failure === undefined ? "" : " >&2; exit 255"} ;;`;
    }),
  );
  const program = join(folder, "pulumi");
  const note = `echo "\${PULUMI_K8S_UPSERT_EXISTING_OBJECTS:+upsert: }$*" | sed 's/ --non-interactive --color never//' >>'${folder}/asked'`;
  const keep = `"stack import "*) cat >'${folder}/imported' ;;`;
  await writeFile(program, ["#!/bin/sh", note, 'case "$*" in', ...cases, keep, "esac"].join("\n"));
  await chmod(program, 0o700);
  return {
    folder,
    pulumi: new PulumiCli(program, folder, { PATH: process.env.PATH ?? "" }),
    asked: async () =>
      (await readFile(join(folder, "asked"), "utf8").catch(() => ""))
        .split("\n")
        .filter((line) => line !== ""),
    imported: () => readFile(join(folder, "imported"), "utf8").catch(() => ""),
  };
}
