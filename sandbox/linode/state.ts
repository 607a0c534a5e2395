import { join } from "node:path";
import { timestamp } from "./answer.ts";
import type { DomainRecord } from "./domains.ts";
import type { FirewallRecord } from "./firewalls.ts";
import { JsonFile } from "../state/json-file.ts";
import type { ClusterRecord } from "./lke/records.ts";
import type { TokenRecord } from "./tokens.ts";

/** Something that happened to an object of the account, as `/account/events` lists it. */
export interface EventRecord {
  readonly id: number;
  readonly action: string;
  readonly created: string;
  readonly entity: { readonly id: number; readonly type: string; readonly label: string };
}

/** Everything that the emulator knows. */
export interface LinodeState {
  readonly version: 1;
  /** The id that the next object gets; ids are never used again. */
  nextId: number;
  clusters: ClusterRecord[];
  domains: DomainRecord[];
  firewalls: FirewallRecord[];
  tokens: TokenRecord[];
  /** Oldest first; only the newest thousand are kept. */
  events: EventRecord[];
}

const KEPT_EVENTS = 1000;

/** The emulator's state, on disk before any change of it is seen. */
export class LinodeStore {
  readonly #file: JsonFile<LinodeState>;
  #state: LinodeState;

  /**
   * @param folder The folder of the state; it is made when something is stored.
   * @throws Error if what lies there can't be read.
   */
  constructor(folder: string) {
    this.#file = new JsonFile<LinodeState>(join(folder, "state.json"));
    this.#state = this.#file.read() ?? {
      version: 1,
      nextId: 100_001,
      clusters: [],
      domains: [],
      firewalls: [],
      tokens: [],
      events: [],
    };
  }

  /** The state as it is on disk. A later change does not show in it: ask again after every wait. */
  get state(): LinodeState {
    return this.#state;
  }

  /** Changes the state, all or nothing: an edit that throws, or that can't be written, leaves no trace. */
  change<Result>(edit: (state: LinodeState) => Result): Result {
    const draft = structuredClone(this.#state);
    const result = edit(draft);
    this.#file.write(draft);
    this.#state = draft;
    return result;
  }
}

/** Takes the id for a new object. */
export function takeId(state: LinodeState): number {
  return state.nextId++;
}

/** Notes that something happened to an object. */
export function addEvent(state: LinodeState, action: string, entity: EventRecord["entity"]): void {
  state.events.push({ id: takeId(state), action, created: timestamp(new Date()), entity });
  state.events = state.events.slice(-KEPT_EVENTS);
}
