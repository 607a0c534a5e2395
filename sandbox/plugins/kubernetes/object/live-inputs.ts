import { isList, isProperties, sameValue } from "../../frame/values.ts";
import type { Properties, PropertyList, PropertyValue } from "../../frame/values.ts";
import { mapAt } from "../api/fields.ts";
import type { KubernetesObject } from "../api/kubernetes-object.ts";
import { sameQuantity } from "./quantity.ts";

/** Metadata that the server writes. */
const SERVERS_METADATA = [
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "ownerReferences",
  "selfLink",
];

/**
 * The inputs that would make an object what it is: the given ones with the live values in their places. What the
 * inputs leave open is left open, so that only drift of what the program says shows as a difference.
 * @param inputs As stored; empty on import, where everything counts that the server did not write itself.
 */
export function liveInputs(inputs: Properties, live: KubernetesObject): Properties {
  if (Object.keys(inputs).length === 0) {
    return importedInputs(live);
  }
  const { stringData, status, ...rest } = inputs;
  return {
    ...(overlay(rest, live, false) as Properties),
    // It is never answered: the server puts it into `data`.
    ...(isProperties(stringData) ? { stringData: liveStringData(stringData, mapAt(live, "data")) } : {}),
    ...(status === undefined ? {} : { status }),
  };
}

function importedInputs(live: KubernetesObject): Properties {
  return Object.fromEntries(
    Object.entries(live)
      .filter(([name]) => name !== "status")
      .map(([name, value]) => [name, name === "metadata" ? withoutServersMetadata(live.metadata) : value]),
  );
}

function withoutServersMetadata(metadata: Properties): Properties {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !SERVERS_METADATA.includes(name)));
}

function liveStringData(stringData: Properties, data: Properties): Properties {
  return Object.fromEntries(
    Object.keys(stringData).map((name) => {
      const encoded = data[name];
      return [
        name,
        typeof encoded === "string" ? Buffer.from(encoded, "base64").toString("utf8") : undefined,
      ];
    }),
  );
}

/** @param isQuantity Whether the value is an amount, which the server writes in its own way. */
function overlay(
  input: PropertyValue,
  live: PropertyValue | undefined,
  isQuantity: boolean,
): PropertyValue | undefined {
  if (live === undefined || live === null) {
    return isZero(input) ? input : undefined;
  }
  if (isProperties(input) && isProperties(live)) {
    return Object.fromEntries(
      Object.entries(input).map(([name, value]) => [
        name,
        value === undefined ? undefined : overlay(value, live[name], isQuantity || holdsQuantities(name)),
      ]),
    );
  }
  if (isList(input) && isList(live)) {
    return overlayList(input, live, isQuantity);
  }
  return isQuantity && sameQuantity(input, live) ? input : live;
}

function overlayList(input: PropertyList, live: PropertyList, isQuantity: boolean): PropertyList {
  if (!input.every(isProperties) || !live.every(isProperties)) {
    // Members that are added to a set by others (finalizers, say) are theirs, as long as ours are all there.
    return input.every((item) => live.some((other) => sameValue(item, other))) ? input : live;
  }
  return input.flatMap((item, index) => {
    const counterpart = findCounterpart(item, index, live);
    return counterpart === undefined ? [] : [overlay(item, counterpart, isQuantity) ?? null];
  });
}

/** The member of a live list that an input stands for: others may have put theirs between. */
function findCounterpart(
  item: Properties,
  index: number,
  live: readonly Properties[],
): Properties | undefined {
  const name = item.name;
  return typeof name === "string" ? live.find((other) => other.name === name) : live[index];
}

/** Whether the server may leave a value out because it means nothing. */
function isZero(value: PropertyValue): boolean {
  return (
    value === null ||
    value === false ||
    value === 0 ||
    value === "" ||
    (isList(value) && value.length === 0) ||
    (isProperties(value) && Object.values(value).every((member) => member === undefined || isZero(member)))
  );
}

function holdsQuantities(name: string): boolean {
  return [
    "requests",
    "limits",
    "capacity",
    "hard",
    "overhead",
    "sizeLimit",
    "min",
    "max",
    "default",
    "defaultRequest",
  ].includes(name);
}
