import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import process from "node:process";
import { diff } from "node:util";

import { stringify } from "yaml";

import type { Recording, Registration } from "./record.ts";
import { projectFolder } from "./runtime.ts";

const contextLines = 3;

/** The project's folder as the program names it, which is another one for each run of the tests. */
const namedFolder = relative(process.cwd(), projectFolder);

/** What a reviewer does not read: the code of dynamic resources changes with every edit, and other members say the rest. */
const unreviewed: ReadonlySet<string> = new Set<keyof Registration>(["code", "custom", "fullName"]);

/**
 * Writes a recording as a reviewer reads it: sorted, and without what is empty.
 */
export function dump({ registrations, outputs }: Recording): string {
  const resources = registrations.map((registration) =>
    Object.fromEntries(
      Object.entries(registration).filter(([member, value]) => !unreviewed.has(member) && !isEmpty(value)),
    ),
  );
  return stringify({ resources, outputs }, { lineWidth: 0 }).replaceAll(namedFolder, "<project>");
}

/**
 * Compares a text with the file that holds what was reviewed last. With `UPDATE_GOLDEN=1` in the environment it writes
 * the file instead.
 */
export function assertGolden(text: string, file: URL): void {
  if (process.env.UPDATE_GOLDEN === "1") {
    writeFileSync(file, text);
    return;
  }
  const reviewed = existsSync(file) ? readFileSync(file, "utf8") : "";
  assert.ok(
    text === reviewed,
    `the program does not register what ${file.pathname} says (+ is new, - is gone):\n\n` +
      `${changes(reviewed, text)}\n\n` +
      "If that is what you want, accept it with `UPDATE_GOLDEN=1 npm run unit` and review the file's change.",
  );
}

function isEmpty(value: unknown): boolean {
  return value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

/** The lines that differ, each with some that do not. */
function changes(before: string, after: string): string {
  const lines = diff(after.split("\n"), before.split("\n")) as readonly (readonly [number, string])[];
  const isNearChange = (index: number): boolean =>
    lines
      .slice(Math.max(0, index - contextLines), index + contextLines + 1)
      .some(([operation]) => operation !== 0);
  return lines
    .flatMap(([operation, line], index) => (isNearChange(index) ? [`${sign(operation)} ${line}`] : []))
    .join("\n");
}

function sign(operation: number): string {
  return operation === 0 ? " " : operation > 0 ? "+" : "-";
}
