import type { Properties } from "../../frame/values.ts";

/** One entry of `metadata.managedFields`: which fields a manager owns, and how it came to own them. */
export interface ManagedFields extends Properties {
  readonly manager?: string;
  readonly operation?: "Apply" | "Update";
  readonly apiVersion?: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: Properties;
  /** Set where the fields were written through a subresource such as `status`. */
  readonly subresource?: string;
}

/** An owner of an object: when it goes, the object goes. */
export interface OwnerReference extends Properties {
  readonly uid: string;
  readonly kind: string;
  readonly name: string;
}

/** The members of an object's metadata that this package reads. */
export interface ObjectMetadata extends Properties {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  /** Counts changes of the specification; `status.observedGeneration` says how far a controller has come. */
  readonly generation?: number;
  readonly resourceVersion?: string;
  readonly deletionTimestamp?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly ManagedFields[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** An object of any kind, as the API server answers it. */
export interface KubernetesObject extends Properties {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
}

/** The group of an `apiVersion`: `apps` of `apps/v1`, the empty text of `v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? "" : apiVersion.slice(0, slash);
}

/** How an object is named in messages: `Deployment shop/web`, `Namespace shop`. */
export function describeObject(object: {
  readonly kind: string;
  readonly metadata: { readonly name?: string; readonly namespace?: string };
}): string {
  const { name = "(no name)", namespace } = object.metadata;
  return `${object.kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
