import type { KubernetesObject } from "@kubernetes/client-node";

/** The kinds that External Secrets works on, and where the API serves them. */
export const syncedKinds = {
  ExternalSecret: { group: "external-secrets.io", version: "v1", plural: "externalsecrets" },
  PushSecret: { group: "external-secrets.io", version: "v1alpha1", plural: "pushsecrets" },
} as const;

/** One of the kinds that External Secrets works on. */
export type SyncedKind = keyof typeof syncedKinds;

/** Which object. */
export interface SyncedPlace {
  readonly kind: SyncedKind;
  readonly namespace: string;
  readonly name: string;
}

/** An object that External Secrets works on. */
export interface SyncedObject extends KubernetesObject {
  readonly spec?: {
    /** How often it is looked at, in Go's form. */
    readonly refreshInterval?: string;
    readonly secretStoreRefs?: readonly { readonly name?: string }[];
    readonly data?: readonly { readonly match: { readonly remoteRef: { readonly remoteKey: string } } }[];
  };
  readonly status?: {
    /** When it was last synchronised with success (RFC 3339). */
    readonly refreshTime?: string;
    /** Which state of the object that was, annotations included. */
    readonly syncedResourceVersion?: string;
    /** What a push has written, by store; empty where it found nothing to write. */
    readonly syncedPushSecrets?: Readonly<Record<string, object>>;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

/** Where an object is that was listed. */
export function placeOf(kind: SyncedKind, { metadata }: SyncedObject): SyncedPlace {
  return { kind, namespace: metadata?.namespace ?? "", name: metadata?.name ?? "" };
}

/** Why an object is not ready, in the words of External Secrets; empty if it is. */
export function failureOf({ status }: SyncedObject): string {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  if (ready === undefined) {
    return "External Secrets has not looked at it yet";
  }
  return ready.status === "True" ? "" : (ready.message ?? "External Secrets gives no reason");
}

/** When a push last wrote something (RFC 3339); undefined if it never did. */
export function pushedAt({ status }: SyncedObject): string | undefined {
  return Object.keys(status?.syncedPushSecrets ?? {}).length === 0 ? undefined : status?.refreshTime;
}
