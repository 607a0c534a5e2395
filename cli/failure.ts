/** What the exit code of every command means. */
export const exitCodes = {
  /** Done, or healthy. */
  fine: 0,
  /** Something needs a person: a sealed server, shares that are missing or don't fit, a refusal. */
  actionNeeded: 1,
  /** It could not be found out, or done: a stack, a cluster or a server could not be reached. */
  unknown: 2,
  /** The command was not understood. */
  usage: 64,
  /** Interrupted at a question. */
  interrupted: 130,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Why a command ends without success, in one sentence, with what to do next. */
export class Failure extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** A failure that a person can mend. */
export function actionNeeded(message: string): Failure {
  return new Failure(exitCodes.actionNeeded, message);
}

/** A failure to reach something. */
export function unreachable(message: string, cause?: unknown): Failure {
  return new Failure(exitCodes.unknown, message, { cause });
}

/** The exit code of whatever ended a command: what nobody foresaw counts as not found out. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof Failure) {
    return error.exitCode;
  }
  return error instanceof Error && error.name === "ExitPromptError"
    ? exitCodes.interrupted
    : exitCodes.unknown;
}

/** What went wrong, in as many words as it has. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
