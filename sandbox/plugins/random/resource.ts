import { diffInputs } from "../frame/diff.ts";
import type { Difference } from "../frame/diff.ts";
import type {
  CheckFailure,
  CheckRequest,
  CheckResult,
  CreateRequest,
  CreatedResource,
  DiffRequest,
  ReadRequest,
  ReadResource,
  ResourceHandler,
  UpdateRequest,
} from "../frame/provider.ts";
import { UNKNOWN } from "../frame/values.ts";
import type { Properties } from "../frame/values.ts";
import { checkFields, withDefaults } from "./fields.ts";
import type { Fields } from "./fields.ts";

/** What differs between the types of random resources. */
export interface RandomKind {
  readonly fields: Fields;
  /** Names of the outputs that are drawn; unknown in previews. */
  readonly drawn: readonly string[];
  /** Draws the outputs. Inputs are valid, with defaults filled in. */
  draw(inputs: Properties): CreatedResource | Promise<CreatedResource>;
  /** Makes inputs with defaults consistent; by default they are taken as they are. */
  complete?(inputs: Properties): Properties;
  /** Finds what is wrong with inputs as a whole; defaults to nothing. They may hold unknowns. */
  checkTogether?(inputs: Properties): readonly CheckFailure[];
}

/** A random value: drawn once, kept in the stack's state only, drawn again when any input changes. */
export class RandomResource implements ResourceHandler {
  readonly #kind: RandomKind;

  constructor(kind: RandomKind) {
    this.#kind = kind;
  }

  check({ newInputs }: CheckRequest): CheckResult {
    const failures = checkFields(this.#kind.fields, newInputs);
    if (failures.length > 0) {
      return { inputs: newInputs, failures };
    }
    return { inputs: newInputs, failures: this.#kind.checkTogether?.(this.#complete(newInputs)) ?? [] };
  }

  diff({ oldInputs, newInputs }: DiffRequest): Difference {
    return diffInputs(this.#complete(oldInputs), this.#complete(newInputs), Object.keys(this.#kind.fields));
  }

  async create({ inputs, preview }: CreateRequest): Promise<CreatedResource> {
    const complete = this.#complete(inputs);
    if (preview) {
      const unknowns = Object.fromEntries(this.#kind.drawn.map((name) => [name, UNKNOWN]));
      return { id: "", outputs: { ...complete, ...unknowns } };
    }
    const { id, outputs } = await this.#kind.draw(complete);
    return { id, outputs: { ...complete, ...outputs } };
  }

  read({ id, type, inputs, outputs }: ReadRequest): ReadResource {
    if (Object.keys(outputs).length === 0) {
      throw new Error(
        `${type} can't be imported or looked up here: its value is kept in the state of its own stack`,
      );
    }
    return { id, inputs, outputs };
  }

  update({ type }: UpdateRequest): Properties {
    throw new Error(`${type} can't be changed in place; replace it: pulumi up --replace <its URN>`);
  }

  delete(): void {
    // Nothing exists outside of the stack's state.
  }

  #complete(inputs: Properties): Properties {
    const complete = withDefaults(this.#kind.fields, inputs);
    return this.#kind.complete?.(complete) ?? complete;
  }
}
