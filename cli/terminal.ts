import process from "node:process";
import type { Readable, Writable } from "node:stream";
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
  /** Asks for what must not be seen on the screen; answers it as it was typed, as spaces may be part of it. */
  readonly askSecret: (question: string) => Promise<string>;
  /** The lines of stdin, without empty ones and the spaces around them, where nobody can be asked. */
  readonly readLines: () => Promise<string[]>;
  /** All of stdin as it is, where nobody can be asked. */
  readonly readText: () => Promise<string>;
}

/** What a {@link Terminal} is made of, each a terminal's or not. */
export type Streams = Readonly<
  Record<"stdin", Readable & { isTTY?: boolean }> &
    Record<"stdout" | "stderr", Writable & { isTTY?: boolean }>
>;

/** A terminal, or pipes. */
export function terminalOf({ stdin, stdout, stderr }: Streams): Terminal {
  return {
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    shown: stdout.isTTY === true,
    report: (line) => stderr.write(`${line}\n`),
    result: (result) => stdout.write(`${result}\n`),
    askSecret: (question) =>
      password(
        { message: question, mask: true, toggleMask: false },
        // Questions would end up in a file to which somebody directs the result.
        { input: stdin, output: stderr },
      ),
    readLines: async () => {
      const lines = (await text(stdin)).split("\n").map((line) => line.trim());
      return lines.filter((line) => line !== "");
    },
    readText: () => text(stdin),
  };
}

/** The terminal, or the pipes, that the program was started with. */
export const processTerminal = terminalOf(process);
