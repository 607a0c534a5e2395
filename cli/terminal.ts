import { text } from "node:stream/consumers";

import { password } from "@inquirer/prompts";

/** Where a command talks to its user. Results go to stdout alone, so that a script can read them. */
export interface Terminal {
  /** Whether there is a person to ask. */
  readonly interactive: boolean;
  /** Whether what goes to stdout is shown to a person, and kept nowhere. */
  readonly shown: boolean;
  /** Says what is being done, a line at a time, on stderr. */
  readonly report: (line: string) => void;
  /** Puts the result on stdout. */
  readonly result: (text: string) => void;
  /** Asks for what must not be seen on the screen. */
  readonly askSecret: (question: string) => Promise<string>;
  /** The lines of stdin without empty ones, where nobody can be asked. */
  readonly readLines: () => Promise<string[]>;
  /** All of stdin as it is, where nobody can be asked. */
  readonly readText: () => Promise<string>;
}

// Questions would end up in a file to which somebody directs the result.
const context = { output: process.stderr };

/** The terminal, or the pipes, that the program was started with. */
export const processTerminal: Terminal = {
  interactive: process.stdin.isTTY && process.stderr.isTTY,
  shown: process.stdout.isTTY,
  report: (line) => process.stderr.write(`${line}\n`),
  result: (result) => process.stdout.write(`${result}\n`),
  askSecret: async (question) =>
    (await password({ message: question, mask: true, toggleMask: false }, context)).trim(),
  readLines: async () => {
    const lines = (await text(process.stdin)).split("\n").map((line) => line.trim());
    return lines.filter((line) => line !== "");
  },
  readText: () => text(process.stdin),
};
