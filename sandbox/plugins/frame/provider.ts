import type { Difference } from "./diff.ts";
import type { Properties } from "./values.ts";

/** What every operation on a resource knows. */
export interface ResourceRequest {
  /** Pulumi's name of the resource, unique in the stack. */
  readonly urn: string;
  /** The resource's type, such as `random:index/randomId:RandomId`. */
  readonly type: string;
  /** The resource's name in the program. */
  readonly name: string;
  /**
   * Aborted when the user cancels, when the engine goes, or when the program's `customTimeouts` have passed; `reason`
   * is then an `Error` fit for the user. A handler that has begun something stops and throws a `PartialFailure`.
   */
  readonly signal: AbortSignal;
  /** Shows the user what the operation is waiting for; the line is replaced by the next one. */
  readonly report: (status: string) => void;
  /** Shows the user a warning that stays. */
  readonly warn: (message: string) => void;
}

/** The program's `customTimeouts`, for operations that change something. */
export interface TimedRequest extends ResourceRequest {
  /** Seconds after which `signal` is aborted; `undefined` if the program sets none and the handler's default counts. */
  readonly timeoutSeconds: number | undefined;
}

/** How the user wants names to be made (`pulumi:autonaming`). */
export interface Autonaming {
  /** `propose`: may be adjusted; `enforce`: as it is; `disable`: the program has to give a name. */
  readonly mode: "propose" | "enforce" | "disable";
  /** The name to take; empty if disabled. */
  readonly proposedName: string;
}

/** Asks for validated inputs. */
export interface CheckRequest extends ResourceRequest {
  /** Inputs of the existing resource, `undefined` before its creation. */
  readonly oldInputs: Properties | undefined;
  /** Inputs that the program gives; may hold unknowns in previews. */
  readonly newInputs: Properties;
  /** Bytes for names that must be the same in preview and update; empty if the engine gives none. */
  readonly randomSeed: Uint8Array;
  readonly autonaming: Autonaming | undefined;
}

/** One invalid input. */
export interface CheckFailure {
  /** Path of the property, such as `spec.replicas`; empty if the failure concerns several. */
  readonly property: string;
  /** What is wrong, with the received value and what to do. */
  readonly reason: string;
}

/** Validated inputs, with defaults filled in. */
export interface CheckResult {
  readonly inputs: Properties;
  /** Defaults to none. */
  readonly failures?: readonly CheckFailure[];
}

/** Asks what an update would change. */
export interface DiffRequest extends ResourceRequest {
  readonly id: string;
  readonly oldInputs: Properties;
  readonly oldOutputs: Properties;
  readonly newInputs: Properties;
  /** Paths that the program excludes from changes; `newInputs` have them already restored. */
  readonly ignoreChanges: readonly string[];
}

/** Asks for a new resource. */
export interface CreateRequest extends TimedRequest {
  readonly inputs: Properties;
  /** Whether only the outcome is asked for: nothing may be created, unknown outputs are `UNKNOWN`. */
  readonly preview: boolean;
}

/** A resource with its identity. */
export interface CreatedResource {
  /** Id in the provider, never empty; ignored in previews. */
  readonly id: string;
  /** All outputs, the inputs among them. In previews, members left out are unknown. */
  readonly outputs: Properties;
}

/** Asks for the live state of a resource, for a refresh or an import. */
export interface ReadRequest extends ResourceRequest {
  readonly id: string;
  /** Inputs as stored; empty on import. */
  readonly inputs: Properties;
  /** Outputs as stored; empty on import. */
  readonly outputs: Properties;
}

/** A resource as it is. */
export interface ReadResource {
  readonly id: string;
  /** Inputs that would make the resource what it is now. */
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** Asks for a change of a resource in place. */
export interface UpdateRequest extends TimedRequest {
  readonly id: string;
  readonly oldInputs: Properties;
  readonly oldOutputs: Properties;
  readonly inputs: Properties;
  readonly ignoreChanges: readonly string[];
  /** Whether only the outcome is asked for, as with creation. */
  readonly preview: boolean;
}

/** Asks for a resource's removal. */
export interface DeleteRequest extends TimedRequest {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** How one type of resource is managed. Every failure is an `Error` whose message is fit for the user. */
export interface ResourceHandler {
  check(request: CheckRequest): CheckResult | Promise<CheckResult>;
  diff(request: DiffRequest): Difference | Promise<Difference>;
  create(request: CreateRequest): CreatedResource | Promise<CreatedResource>;
  /** Answers `undefined` if the resource is gone. */
  read(request: ReadRequest): ReadResource | undefined | Promise<ReadResource | undefined>;
  /** Answers the new outputs. */
  update(request: UpdateRequest): Properties | Promise<Properties>;
  /** A resource that is gone already is no error. */
  delete(request: DeleteRequest): void | Promise<void>;
}

/** Asks for a function's result. */
export interface InvokeRequest {
  /** The function, such as `kubernetes:helm:template`. */
  readonly token: string;
  readonly args: Properties;
  readonly preview: boolean;
  readonly signal: AbortSignal;
}

/** Asks for the validation of the provider's own configuration. */
export interface CheckConfigRequest {
  readonly urn: string;
  readonly oldConfig: Properties | undefined;
  /** May hold unknowns in previews. */
  readonly newConfig: Properties;
}

/** Asks what a change of the provider's configuration means for its resources. */
export interface DiffConfigRequest {
  readonly urn: string;
  readonly oldConfig: Properties;
  /** May hold unknowns in previews. */
  readonly newConfig: Properties;
}

/** What a plugin is: the part that differs from one plugin to the next. */
export interface Provider {
  /** The package's name, such as `random`. */
  readonly name: string;
  /** Handlers by type; any object that finds them, so that a family of types may share one. */
  readonly resources: Pick<ReadonlyMap<string, ResourceHandler>, "get">;
  /** Whether `check` honours `autonaming`. Defaults to false. */
  readonly supportsAutonaming?: boolean;
  /** Defaults to accepting every configuration. */
  checkConfig?(request: CheckConfigRequest): CheckResult | Promise<CheckResult>;
  /** Defaults to an update in place for every change. */
  diffConfig?(request: DiffConfigRequest): Difference | Promise<Difference>;
  /**
   * Takes the configuration, once, before anything else but the two above. Never called with unknowns.
   * Values that are not text in the SDK's types arrive as JSON text.
   * @throws MissingConfiguration, or Error with a message fit for the user; shown at the first use of the provider.
   */
  configure(config: Properties): void | Promise<void>;
  /**
   * Gives back what it holds outside, once, at the end of the process; defaults to nothing. Cut off after a few seconds.
   */
  close?(): Promise<void>;
  /** Answers a function's result, or `undefined` if there is no such function. Defaults to none. */
  invoke?(request: InvokeRequest): Properties | undefined | Promise<Properties | undefined>;
}
