import { diffInputs } from "../frame/diff.ts";
import type { Difference } from "../frame/diff.ts";
import { PartialFailure } from "../frame/failures.ts";
import type {
  CheckRequest,
  CheckResult,
  CreatedResource,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  ReadRequest,
  ReadResource,
  ResourceHandler,
  UpdateRequest,
} from "../frame/provider.ts";
import type { Properties } from "../frame/values.ts";
import { checkInputs } from "./check.ts";
import type { Api, Kind, Operation } from "./kind.ts";
import { inputsOf, keptState, lastingState, plannedState, wantedInputs } from "./state.ts";

/** Milliseconds that may be spent on finding out what an operation that failed left behind. */
const AFTERMATH = 10_000;

/** One type of resource, managed through an API as its kind says. */
export class SchemaResource<Client> implements ResourceHandler {
  readonly #kind: Kind<Client>;
  readonly #api: Api<Client>;

  constructor(kind: Kind<Client>, api: Api<Client>) {
    this.#kind = kind;
    this.#api = api;
  }

  check({ newInputs }: CheckRequest): CheckResult {
    const { fields } = this.#kind;
    const failures = checkInputs(fields, newInputs);
    if (failures.length > 0) {
      return { inputs: newInputs, failures };
    }
    const inputs = wantedInputs(fields, newInputs);
    return { inputs, failures: this.#kind.checkTogether?.(inputs) ?? [] };
  }

  /** Compares with the state, not with the former inputs: so drift that a refresh has found is undone. */
  diff({ oldOutputs, newInputs }: DiffRequest): Difference {
    const { fields, replaceOn } = this.#kind;
    return diffInputs(inputsOf(fields, oldOutputs, newInputs), newInputs, replaceOn);
  }

  async create({ inputs, preview, ...request }: CreateRequest): Promise<CreatedResource> {
    const { title, fields, timeouts } = this.#kind;
    if (preview) {
      return { id: "", outputs: plannedState(fields, inputs, undefined) };
    }
    const operation = this.#operation(request, timeouts.create);
    const created = await explained(`creating the ${title}`, this.#kind.create(operation, inputs));
    const state = keptState(fields, { ...inputs, ...created.outputs });
    try {
      return { id: created.id, outputs: await this.#settled(operation, created.id, state) };
    } catch (error) {
      const reasons = [`the ${title} was created (id ${created.id}), but then: ${messageOf(error)}`];
      throw new PartialFailure({ id: created.id, inputs, outputs: state, reasons });
    }
  }

  async read(request: ReadRequest): Promise<ReadResource | undefined> {
    const { title, fields, timeouts } = this.#kind;
    const isImport = Object.keys(request.outputs).length === 0;
    const { id, state } = (isImport ? this.#kind.imported?.(request.id) : undefined) ?? {
      id: request.id,
      state: request.outputs,
    };
    const operation = this.#operation({ ...request, timeoutSeconds: undefined }, timeouts.update);
    const reading = this.#kind.read(operation, id, state);
    const outputs = await explained(`reading the ${title} ${id}`, this.#unlessGone(reading));
    if (outputs === undefined) {
      return undefined;
    }
    const wanted = isImport ? outputs : request.inputs;
    return { id, inputs: inputsOf(fields, outputs, wanted), outputs };
  }

  async update({ id, oldOutputs, inputs, preview, ...request }: UpdateRequest): Promise<Properties> {
    const { title, fields, timeouts } = this.#kind;
    if (preview) {
      return plannedState(fields, inputs, oldOutputs);
    }
    const operation = this.#operation(request, timeouts.update);
    // Keeps what the API alone knows, such as the ids of pools, at its place among the new inputs.
    const planned = plannedState(fields, inputs, oldOutputs);
    const state = keptState(fields, { ...lastingState(fields, oldOutputs), ...planned });
    try {
      await this.#kind.update(operation, id, oldOutputs, inputs);
      return await this.#settled(operation, id, state);
    } catch (error) {
      const reason = `updating the ${title} ${id}: ${messageOf(error)}`;
      const outputs = await this.#aftermath(id, oldOutputs);
      throw outputs === undefined
        ? new Error(reason, { cause: error })
        : new PartialFailure({ id, inputs, outputs, reasons: [reason] });
    }
  }

  async delete({ id, outputs, ...request }: DeleteRequest): Promise<void> {
    const { title, timeouts } = this.#kind;
    const operation = this.#operation(request, timeouts.delete);
    await explained(
      `deleting the ${title} ${id}`,
      this.#unlessGone(this.#kind.delete(operation, id, outputs)),
    );
  }

  async #settled(operation: Operation<Client>, id: string, state: Properties): Promise<Properties> {
    await this.#kind.settle?.(operation, id, state);
    return this.#kind.read(operation, id, state);
  }

  /** What there is after an update that failed; `undefined` if that can't be found out. */
  async #aftermath(id: string, state: Properties): Promise<Properties | undefined> {
    const operation = { client: this.#api.client(), signal: AbortSignal.timeout(AFTERMATH) };
    return this.#kind.read(operation, id, state).catch(() => undefined);
  }

  #operation(
    { signal, report, timeoutSeconds }: Pick<CreateRequest, "signal" | "report" | "timeoutSeconds">,
    defaultMinutes: number,
  ): Operation<Client> {
    const client = this.#api.client();
    if (timeoutSeconds !== undefined) {
      return { client, signal, report };
    }
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort(
        new Error(`not finished within ${String(defaultMinutes)} minutes; customTimeouts can give it longer`),
      );
    }, defaultMinutes * 60_000);
    timer.unref();
    return { client, signal: AbortSignal.any([signal, late.signal]), report };
  }

  async #unlessGone<Result>(request: Promise<Result>): Promise<Result | undefined> {
    try {
      return await request;
    } catch (error) {
      if (this.#api.isGone(error)) {
        return undefined;
      }
      throw error;
    }
  }
}

async function explained<Result>(what: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${what}: ${messageOf(error)}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
