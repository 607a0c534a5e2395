import { createHash } from "node:crypto";
import type { Properties } from "../../frame/values.ts";
import { textAt } from "../api/fields.ts";
import type { KubernetesObject } from "../api/kubernetes-object.ts";
import type { ObjectReference } from "../api/objects.ts";

/** The member of the stored state that holds the manager of the object's fields. */
const FIELD_MANAGER = "__fieldManager";

/** The id of an object: `namespace/name`, or `name` where its kind has no namespaces. */
export function idOf(object: KubernetesObject): string {
  const { name = "", namespace } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** Where an object is found, by its id and its kind. */
export function referenceOf(id: string, kind: Pick<ObjectReference, "apiVersion" | "kind">): ObjectReference {
  const slash = id.indexOf("/");
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    name: id.slice(slash + 1),
    namespace: slash === -1 ? undefined : id.slice(0, slash),
  };
}

/** What is stored of an object: all of it, and by which manager its fields are owned. */
export function outputsOf(live: KubernetesObject, fieldManager: string): Properties {
  return { ...live, __initialApiVersion: live.apiVersion, [FIELD_MANAGER]: fieldManager };
}

/**
 * The manager by which an object's fields are owned: what its annotation says, as it was stored, or one of the
 * resource's own, so that two stacks don't take each other's fields for theirs.
 */
export function fieldManagerOf(urn: string, inputs: Properties, outputs: Properties = {}): string {
  const own = `pulumi-kubernetes-${createHash("sha256").update(urn).digest("hex").slice(0, 8)}`;
  return (
    textAt(inputs, "metadata", "annotations", "pulumi.com/patchFieldManager") ??
    textAt(outputs, FIELD_MANAGER) ??
    own
  );
}
