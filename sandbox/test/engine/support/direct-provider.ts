import { randomBytes } from "node:crypto";
import { EventEmitter } from "node:events";
import type { Difference } from "../../../plugins/frame/diff.ts";
import type {
  CheckRequest,
  CheckResult,
  CreatedResource,
  ReadResource,
  ResourceHandler,
  UpdateRequest,
} from "../../../plugins/frame/provider.ts";
import type { Properties } from "../../../plugins/frame/values.ts";
import { KubernetesProvider } from "../../../plugins/kubernetes/provider.ts";

/** A resource as the engine remembers it. */
export interface Remembered extends CreatedResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
}

/** What the engine may say besides, in one request. */
export interface Circumstances {
  readonly preview?: boolean;
  readonly timeoutSeconds?: number;
  readonly ignoreChanges?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Puts requests to the kubernetes provider without an engine, for cases that an engine seldom makes. */
export class DirectProvider {
  /** Warnings that the provider gave. */
  readonly warnings: string[] = [];
  /** Emits `report` with what the provider says it is doing. */
  readonly events = new EventEmitter();
  readonly #provider = new KubernetesProvider();

  /** Makes a provider that is configured. */
  static async configure(config: Properties): Promise<DirectProvider> {
    const direct = new DirectProvider();
    await direct.#provider.configure(config);
    return direct;
  }

  /** Validates inputs. */
  async check(
    type: string,
    name: string,
    newInputs: Properties,
    more: Partial<CheckRequest> = {},
  ): Promise<CheckResult> {
    const randomSeed = randomBytes(16);
    const request = { oldInputs: undefined, autonaming: undefined, randomSeed, newInputs, ...more };
    return this.#handler(type).check({ ...this.#common(type, name), ...request });
  }

  /** Validates inputs, and creates the resource or tries that out. */
  async create(
    type: string,
    name: string,
    newInputs: Properties,
    more: Circumstances = {},
  ): Promise<Remembered> {
    const { inputs } = await this.check(type, name, newInputs);
    const { preview = false, timeoutSeconds, signal } = more;
    const request = { ...this.#common(type, name, signal), inputs, preview, timeoutSeconds };
    return { type, name, inputs, ...(await this.#handler(type).create(request)) };
  }

  /** What an update to new inputs would change. */
  async diff(resource: Remembered, newInputs: Properties): Promise<Difference> {
    const { type, name, id, inputs, outputs } = resource;
    const checked = await this.check(type, name, newInputs, { oldInputs: inputs });
    const request = {
      id,
      oldInputs: inputs,
      oldOutputs: outputs,
      newInputs: checked.inputs,
      ignoreChanges: [],
    };
    return this.#handler(type).diff({ ...this.#common(type, name), ...request });
  }

  /** Validates inputs, and updates the resource in place or tries that out. */
  async update(resource: Remembered, newInputs: Properties, more: Circumstances = {}): Promise<Remembered> {
    const { type, name, id, inputs: oldInputs, outputs: oldOutputs } = resource;
    const { inputs } = await this.check(type, name, newInputs, { oldInputs });
    const { preview = false, timeoutSeconds, ignoreChanges = [], signal } = more;
    const request: UpdateRequest = {
      ...this.#common(type, name, signal),
      ...{ id, oldInputs, oldOutputs, inputs, preview, timeoutSeconds, ignoreChanges },
    };
    return { type, name, id, inputs, outputs: await this.#handler(type).update(request) };
  }

  /** Reads the resource as a refresh does. */
  async read(resource: Remembered): Promise<ReadResource | undefined> {
    const { type, name, id, inputs, outputs } = resource;
    return this.#handler(type).read({ ...this.#common(type, name), id, inputs, outputs });
  }

  /** Deletes the resource. */
  async delete(resource: Remembered, more: Circumstances = {}): Promise<void> {
    const { type, name, id, inputs, outputs } = resource;
    const common = this.#common(type, name, more.signal);
    return this.#handler(type).delete({
      ...common,
      id,
      inputs,
      outputs,
      timeoutSeconds: more.timeoutSeconds,
    });
  }

  #handler(type: string): ResourceHandler {
    return this.#provider.resources.get(type);
  }

  #common(type: string, name: string, signal = new AbortController().signal) {
    return {
      urn: `urn:pulumi:dev::direct::${type}::${name}`,
      type,
      name,
      signal,
      report: (status: string) => this.events.emit("report", status),
      warn: (message: string) => this.warnings.push(message),
    };
  }
}
