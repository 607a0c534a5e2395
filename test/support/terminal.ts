import assert from "node:assert/strict";

import type { Terminal } from "../../cli/terminal.ts";

/** What a {@link silentTerminal} is given to answer. */
export interface TerminalAnswers {
  /** Answers to questions, in order; absent where nobody can be asked. */
  readonly secrets?: readonly string[];
  /** Lines on stdin. */
  readonly lines?: readonly string[];
  /** All of stdin. */
  readonly text?: string;
}

/** A terminal that remembers what was said, and fails a test that asks for more than was foreseen. */
export function silentTerminal({ secrets, lines, text }: TerminalAnswers): Terminal & {
  readonly questions: readonly string[];
  readonly reports: readonly string[];
  readonly results: readonly string[];
} {
  const questions: string[] = [];
  const reports: string[] = [];
  const results: string[] = [];
  return {
    questions,
    reports,
    results,
    interactive: secrets !== undefined,
    shown: secrets !== undefined,
    report: (line) => reports.push(line),
    result: (result) => results.push(result),
    askSecret: (question) => {
      questions.push(question);
      return Promise.resolve(secrets?.[questions.length - 1] ?? assert.fail(`nobody answers: ${question}`));
    },
    readLines: () => Promise.resolve([...(lines ?? assert.fail("stdin was read"))]),
    readText: () => Promise.resolve(text ?? assert.fail("stdin was read")),
  };
}
