import type { CheckFailure } from "../frame/provider.ts";
import { isProperties } from "../frame/values.ts";
import type { Properties, PropertyValue } from "../frame/values.ts";
import { isInput } from "../schema/field.ts";
import type { Fields, InputField } from "../schema/field.ts";
import { vaultPath } from "./api/connection.ts";
import { type Kind, type Operation, TIMEOUTS } from "./resource.ts";

/** A resource that is one path in Vault: it is written there, read, and deleted. */
export interface Endpoint {
  /** What the user calls it, such as `Kubernetes auth role`. */
  readonly title: string;
  readonly fields: Fields;
  /**
   * The id: the path in Vault, without `prefix`, such as `auth/{backend}/role/{roleName}`. The inputs that it names are
   * no part of what is written, and their change needs a new resource.
   */
  readonly id: string;
  /** What comes before the id in the path, with a slash at its end. Defaults to nothing. */
  readonly prefix?: string;
  /** Further inputs whose change needs a new resource. Defaults to none. */
  readonly replaceOn?: readonly string[];
  /** Inputs that Vault never answers; the state keeps what was written. Defaults to none. */
  readonly unanswered?: readonly string[];
  /** Vault's names, where they are not the SDK's in snake case; `undefined` for what Vault does not get. Defaults to none. */
  readonly apiNames?: Readonly<Record<string, string | undefined>>;
  /** Turns Vault's data into that of the fields' kinds, under Vault's names. Defaults to the data as it is. */
  decode?(data: Properties, state: Properties): Properties;
  /** Turns what is written into what Vault takes, under Vault's names. Defaults to what is written as it is. */
  encode?(body: Properties, inputs: Properties): Properties;
  /** Writes; defaults to one POST. */
  write?(operation: Operation, path: string, body: Properties): Promise<void>;
  /** Removes; defaults to DELETE of the path. */
  remove?(operation: Operation, path: string): Promise<void>;
  /** Finds what is wrong with inputs as a whole; defaults to nothing. They may hold unknowns. */
  readonly checkTogether?: (inputs: Properties) => readonly CheckFailure[];
}

/** Where an input's value goes in an id. */
const HOLE = /\{(\w+)\}/g;

/** Makes a type of resource of an endpoint. */
export function endpointKind(endpoint: Endpoint): Kind {
  const { title, fields, prefix = "", checkTogether } = endpoint;
  const idPattern = new RegExp(`^${endpoint.id.replaceAll(HOLE, "(?<$1>.+)")}$`);
  const write = async (operation: Operation, path: string, inputs: Properties, clears: boolean) => {
    const body = bodyOf(endpoint, inputs, clears);
    const encoded = endpoint.encode?.(body, inputs) ?? body;
    await (endpoint.write?.(operation, path, encoded) ?? operation.client.write(path, encoded, operation));
  };
  return {
    title,
    fields,
    replaceOn: [...pathInputs(endpoint), ...(endpoint.replaceOn ?? [])],
    timeouts: TIMEOUTS,
    ...(checkTogether === undefined ? {} : { checkTogether }),

    async create(operation, inputs) {
      const id = endpoint.id.replaceAll(HOLE, (_, name: string) => vaultPath(textOf(inputs[name])));
      await write(operation, prefix + id, inputs, false);
      return { id, outputs: {} };
    },

    async read({ client, ...waiting }, id, state) {
      const data = await client.read(prefix + id, waiting);
      return outputsOf(endpoint, endpoint.decode?.(data, state) ?? data, state);
    },

    async update(operation, id, _state, inputs) {
      await write(operation, prefix + id, inputs, true);
    },

    async delete(operation, id) {
      await (endpoint.remove?.(operation, prefix + id) ?? operation.client.remove(prefix + id, operation));
    },

    imported(id) {
      const groups = idPattern.exec(id)?.groups;
      if (groups === undefined) {
        throw new Error(
          `a ${title} is imported as ${endpoint.id.replaceAll(HOLE, "<$1>")}, not as ${JSON.stringify(id)}`,
        );
      }
      return { id, state: { ...groups } };
    },
  };
}

/** Name in Vault of a name in the SDK. */
export function apiName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** @param clears Whether whatever the inputs leave out is set to nothing, unless Vault has a value of its own for it. */
function bodyOf(endpoint: Endpoint, inputs: Properties, clears: boolean): Properties {
  const body: Record<string, PropertyValue> = {};
  for (const [name, field] of Object.entries(endpoint.fields)) {
    const target = nameIn(endpoint, name);
    if (!isInput(field) || pathInputs(endpoint).includes(name) || target === undefined) {
      continue;
    }
    const value = inputs[name];
    if (value !== undefined) {
      body[target] = value;
    } else if (clears && field.computed !== true && !(target in body)) {
      body[target] = nothing(field);
    }
  }
  return body;
}

function outputsOf(endpoint: Endpoint, data: Properties, state: Properties): Properties {
  const kept = new Set([...pathInputs(endpoint), ...(endpoint.unanswered ?? [])]);
  const outputs = Object.entries(endpoint.fields).flatMap(([name, field]): [string, PropertyValue][] => {
    if (field.kind === "refused" || (isInput(field) && field.writeOnly === true)) {
      return [];
    }
    const target = nameIn(endpoint, name);
    const value = kept.has(name) ? state[name] : target === undefined ? state[name] : data[target];
    return value === undefined || value === null ? [] : [[name, value]];
  });
  return Object.fromEntries(outputs);
}

function pathInputs({ id }: Endpoint): readonly string[] {
  return [...id.matchAll(HOLE)].map(([, name]) => name ?? "");
}

function textOf(value: PropertyValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function nameIn({ apiNames }: Endpoint, name: string): string | undefined {
  return apiNames !== undefined && name in apiNames ? apiNames[name] : apiName(name);
}

function nothing(field: InputField): PropertyValue {
  switch (field.kind) {
    case "text":
      return "";
    case "whole number":
      return 0;
    case "boolean":
      return false;
    case "list":
    case "set":
      return [];
    case "map":
    case "object":
      return {};
  }
}

/** Reads a duration such as `1h30m0s`, as Vault writes it, in seconds. */
export function secondsOf(duration: PropertyValue | undefined): number {
  if (typeof duration === "number") {
    return duration;
  }
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
  const parts = typeof duration === "string" ? duration.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g) : [];
  return [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? "s"] ?? 1), 0);
}

/** Members of a map as text, as the SDK's types want them. */
export function asTexts(value: PropertyValue | undefined): Readonly<Record<string, string>> {
  return isProperties(value)
    ? Object.fromEntries(
        Object.entries(value).flatMap(([name, member]) =>
          member === undefined || member === null
            ? []
            : [[name, typeof member === "string" ? member : JSON.stringify(member)]],
        ),
      )
    : {};
}
