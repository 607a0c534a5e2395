import { isProperties } from "../../frame/values.ts";
import type { Properties, PropertyValue } from "../../frame/values.ts";
import type { KubernetesObject, ManagedFields } from "../api/kubernetes-object.ts";

/** The manager that objects are created by; as creation is no apply, its fields are taken over before the first one. */
export const CREATING_MANAGER = "pulumi-kubernetes";

/** Managers of an update whose fields the applying manager takes over: this plugin's, and those of tools before it. */
const PREDECESSORS = ["pulumi-kubernetes", "pulumi-resource-kubernetes", "kubectl", "before-first-apply"];

/** Whether a manager owns fields in a way that an apply would be refused for, though they are ours. */
export function hasPredecessor(object: KubernetesObject): boolean {
  return (object.metadata.managedFields ?? []).some(isPredecessor);
}

/**
 * The managed fields after a manager has taken over those of its predecessors, `undefined` if there are none.
 * Without that, the fields would be refused as another manager's, and those that leave the program would stay.
 */
export function takeOver(object: KubernetesObject, manager: string): readonly ManagedFields[] | undefined {
  const entries = object.metadata.managedFields ?? [];
  const predecessors = entries.filter(isPredecessor);
  if (predecessors.length === 0) {
    return undefined;
  }
  const own = entries.filter((entry) => isApplied(entry) && entry.manager === manager);
  const fieldsV1 = [...own, ...predecessors]
    .map((entry) => entry.fieldsV1 ?? {})
    .reduce<Properties>((merged, fields) => mergeFields(merged, fields), {});
  const others = entries.filter((entry) => !own.includes(entry) && !predecessors.includes(entry));
  const apiVersion = predecessors[0]?.apiVersion ?? object.apiVersion;
  const successor: ManagedFields = {
    ...(own[0] ?? predecessors[0]),
    manager,
    operation: "Apply",
    apiVersion,
    fieldsType: "FieldsV1",
    fieldsV1,
  };
  return [...others, successor];
}

/** Whether someone else than a manager owns the field at a path of names and places. */
export function isOwnedByOthers(
  object: KubernetesObject,
  path: readonly (string | number)[],
  manager: string,
): boolean {
  return (object.metadata.managedFields ?? []).some(
    (entry) =>
      entry.manager !== manager && !isPredecessor(entry) && ownsField(entry.fieldsV1 ?? {}, path, object),
  );
}

function isPredecessor(entry: ManagedFields): boolean {
  return (
    entry.operation === "Update" &&
    entry.subresource === undefined &&
    PREDECESSORS.includes(entry.manager ?? "")
  );
}

function isApplied(entry: ManagedFields): boolean {
  return entry.operation === "Apply" && entry.subresource === undefined;
}

/** Merges two sets of fields (structured-merge-diff: members are `f:name`, `k:{keys}`, `v:value` or `.`). */
function mergeFields(left: Properties, right: Properties): Properties {
  const merged: Record<string, PropertyValue | undefined> = { ...left };
  for (const [name, value] of Object.entries(right)) {
    const before = merged[name];
    merged[name] = isProperties(before) && isProperties(value) ? mergeFields(before, value) : value;
  }
  return merged;
}

function ownsField(
  fields: Properties,
  path: readonly (string | number)[],
  value: PropertyValue | undefined,
): boolean {
  const [step, ...rest] = path;
  if (step === undefined) {
    return true;
  }
  const member = isProperties(value) || Array.isArray(value) ? (value as Properties)[step] : undefined;
  const next = typeof step === "string" ? fields[`f:${step}`] : findItemFields(fields, member);
  if (next === undefined) {
    // A list that is owned as a whole has no members in the set.
    return typeof step === "number" && Object.keys(fields).length === 0;
  }
  return ownsField(isProperties(next) ? next : {}, rest, member);
}

function findItemFields(fields: Properties, item: PropertyValue | undefined): PropertyValue | undefined {
  const found = Object.entries(fields).find(([name]) => {
    if (name.startsWith("k:") && isProperties(item)) {
      const keys = JSON.parse(name.slice(2)) as Properties;
      return Object.entries(keys).every(([key, value]) => item[key] === value);
    }
    return name.startsWith("v:") && JSON.parse(name.slice(2)) === item;
  });
  return found?.[1];
}
