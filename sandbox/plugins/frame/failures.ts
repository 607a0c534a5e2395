import type { Properties } from "./values.ts";

/**
 * An operation that stopped half way: the resource exists. The engine stores it together with the reasons and updates
 * it on the next run, instead of losing it.
 */
export class PartialFailure extends Error {
  /** Id of the resource, never empty. */
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  /** What is wrong, one sentence each, for the user. */
  readonly reasons: readonly string[];

  constructor(state: { id: string; inputs: Properties; outputs: Properties; reasons: readonly string[] }) {
    super(state.reasons.join("; "));
    this.name = "PartialFailure";
    this.id = state.id;
    this.inputs = state.inputs;
    this.outputs = state.outputs;
    this.reasons = state.reasons;
  }
}

/** Configuration that the provider can't do without. */
export class MissingConfiguration extends Error {
  /** Missing keys without the package's prefix, with what each is for. */
  readonly keys: ReadonlyMap<string, string>;

  constructor(keys: ReadonlyMap<string, string>) {
    super(`missing configuration: ${[...keys.keys()].join(", ")}`);
    this.name = "MissingConfiguration";
    this.keys = keys;
  }
}

/** Something that the plugin does not do, although the official one does. */
export class Unimplemented extends Error {
  constructor(message: string) {
    super(message);
    this.name = "Unimplemented";
  }
}
