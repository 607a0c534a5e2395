import type { CheckFailure, CreatedResource } from "../frame/provider.ts";
import type { Properties } from "../frame/values.ts";
import type { Fields } from "./field.ts";

/** A request that may be waited for. */
export interface Waiting {
  /** Ends the waiting; its `reason` becomes the error. */
  readonly signal: AbortSignal;
  /** Told what is being waited for, in words for the user. Defaults to nobody. */
  readonly report?: (status: string) => void;
}

/** What an operation on an API works with. */
export interface Operation<Client> extends Waiting {
  readonly client: Client;
}

/** How long operations may take, in minutes, unless the program says otherwise. */
export interface Timeouts {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
}

/** What differs between the types of resources of one API. An `Api` knows which errors mean that something is gone. */
export interface Kind<Client> {
  /** What the user calls it, such as `LKE cluster`. */
  readonly title: string;
  readonly fields: Fields;
  /** Inputs whose change needs a new resource. */
  readonly replaceOn: readonly string[];
  readonly timeouts: Timeouts;
  /** Finds what is wrong with inputs as a whole; defaults to nothing. They may hold unknowns. */
  checkTogether?(inputs: Properties): readonly CheckFailure[];
  /** Makes the resource. What it answers is kept even if anything afterwards fails. */
  create(operation: Operation<Client>, inputs: Properties): Promise<CreatedResource>;
  /** Waits until a created or updated resource is ready; defaults to no wait. */
  settle?(operation: Operation<Client>, id: string, state: Properties): Promise<void>;
  /** Reads all outputs; an error that means "gone" says that there is no such resource. */
  read(operation: Operation<Client>, id: string, state: Properties): Promise<Properties>;
  /** Makes the resource what the inputs say; to be repeatable, it does not trust `state` where the API can be asked. */
  update(operation: Operation<Client>, id: string, state: Properties, inputs: Properties): Promise<void>;
  /** Removes the resource; an error that means "gone" says that it is gone already. */
  delete(operation: Operation<Client>, id: string, state: Properties): Promise<void>;
  /** Takes an id as `pulumi import` gives it apart; defaults to the id as it is. */
  imported?(id: string): { id: string; state: Properties };
}

/** What the types of one API share. */
export interface Api<Client> {
  /** Answers the client, once the provider is configured. */
  client(): Client;
  /** Whether an error of the client means that the resource does not exist. */
  isGone(error: unknown): boolean;
}
