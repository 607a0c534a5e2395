/**
 * A tool or something of the machine is missing and could not be provided. The message is one that a user can act on:
 * it says what is wrong and what to do about it.
 */
export class ToolError extends Error {
  override readonly name = "ToolError";
}
