import type { V1Secret } from "@kubernetes/client-node";

import {
  resultAnnotations,
  revisionKey,
  tombstoneKey,
} from "../../components/federation/register-template.ts";
import type { PlannedSecret } from "../../components/federation/secret-plan.ts";
import { requiredKeys } from "../../config/shared-secrets-settings.ts";
import { actionNeeded } from "../failure.ts";
import type { Values } from "./values.ts";

/** What a Secret says of a shared secret. */
export interface SecretState {
  /** Counts changes; 0 before the first. */
  readonly revision: number;
  /** The values without what the register adds. Empty where the secret was removed. */
  readonly values: Values;
  /** Whether the secret was removed. */
  readonly removed: boolean;
  /** Whose change it is; absent where only one region can have made it. */
  readonly writer?: string;
}

const nothing: SecretState = { revision: 0, values: {}, removed: false };

/** Reads a source, or a register's result; a Secret that does not exist says nothing. */
export function stateOf(secret: V1Secret | undefined): SecretState {
  if (secret === undefined) {
    return nothing;
  }
  const data = Object.fromEntries(
    Object.entries(secret.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, "base64").toString("utf8"),
    ]),
  );
  const { [revisionKey]: counted, [tombstoneKey]: deleted, ...values } = data;
  const annotations = secret.metadata?.annotations ?? {};
  const removed = deleted !== undefined;
  return {
    revision: Number(counted ?? annotations[resultAnnotations.revision] ?? 0),
    values: removed ? {} : values,
    removed,
    writer: annotations[resultAnnotations.writer],
  };
}

/** When a Secret was last changed: the API server notes when each field was written. Undefined if it says nothing. */
export function changedAt(secret: V1Secret | undefined): Date | undefined {
  const times = (secret?.metadata?.managedFields ?? []).flatMap(({ time }) =>
    time === undefined ? [] : [time],
  );
  return times.sort((a, b) => a.getTime() - b.getTime()).at(-1);
}

/** What a region's cluster has of a shared secret. */
export interface StoredSecret {
  /** What is written here; absent where nothing is. */
  readonly source?: V1Secret;
  /** What the register made of all parts; absent where there is no register, or no part yet. */
  readonly result?: V1Secret;
}

/** What holds in this region: of a secret with several writers the result, unless the own change is newer. */
export function currentState({ source, result }: StoredSecret): SecretState {
  const own = stateOf(source);
  const merged = stateOf(result);
  return result !== undefined && merged.revision >= own.revision ? merged : own;
}

/** What the next change writes into the source. */
export interface NextSource {
  readonly revision: number;
  readonly data: Values;
}

/**
 * The source after a change. Keys that the change does not name stay as they are, unless it replaces all.
 * @throws Failure if a key is missing that the secret's type demands.
 */
export function changedSource(
  { path, type, register }: PlannedSecret,
  current: SecretState,
  changes: Values,
  replaceAll: boolean,
): NextSource {
  const values = replaceAll ? changes : { ...current.values, ...changes };
  const missing = requiredKeys[type].filter((key) => !(key in values));
  if (missing.length > 0) {
    throw actionNeeded(
      `${path} is of type ${type} and lacks ${missing.join(", ")}. ` +
        `Add ${missing.map((key) => `${key}=-`).join(" ")} to the command.`,
    );
  }
  return withRevision(current.revision + 1, values, register !== undefined);
}

/**
 * The source after a removal: a tombstone, which outlives older values everywhere. It keeps the keys that the type
 * demands, empty, as Kubernetes accepts no Secret of that type without them.
 */
export function removedSource({ type, register }: PlannedSecret, current: SecretState): NextSource {
  const required = Object.fromEntries(requiredKeys[type].map((key) => [key, ""]));
  return withRevision(current.revision + 1, { ...required, [tombstoneKey]: "true" }, register !== undefined);
}

/** The register compares revisions; where there is none, consumers would find a key that nobody entered. */
function withRevision(revision: number, values: Values, isPart: boolean): NextSource {
  return { revision, data: isPart ? { ...values, [revisionKey]: String(revision) } : values };
}
