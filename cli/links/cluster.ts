import {
  ApiException,
  AuthenticationV1TokenRequest,
  CoreV1Api,
  KubernetesObjectApi,
  PatchStrategy,
  V1TokenRequestSpec,
  type KubeConfig,
  type KubernetesObject,
} from "@kubernetes/client-node";

import { linkNamespace } from "../../components/federation/link-names.ts";
import { apiFailure } from "../../components/cluster/api-failure.ts";
import { unreachable } from "../failure.ts";

/** An object that External Secrets works on. */
export interface SyncedObject extends KubernetesObject {
  readonly spec?: {
    readonly secretStoreRefs?: readonly { readonly name?: string }[];
    readonly data?: readonly { readonly match: { readonly remoteRef: { readonly remoteKey: string } } }[];
  };
  readonly status?: {
    /** When it was last synchronised with success (RFC 3339). */
    readonly refreshTime?: string;
    /** Which state of the object that was, annotations included. */
    readonly syncedResourceVersion?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly message?: string;
    }[];
  };
}

/** Kinds of objects that External Secrets works on, and the API that serves them. */
const apiVersions = {
  ExternalSecret: "external-secrets.io/v1",
  PushSecret: "external-secrets.io/v1alpha1",
} as const;

/** One of the kinds that External Secrets works on. */
export type SyncedKind = keyof typeof apiVersions;

/** What of a region's cluster its links are made of. */
export class LinkCluster {
  readonly #core: CoreV1Api;
  readonly #objects: KubernetesObjectApi;

  constructor(config: KubeConfig) {
    this.#core = config.makeApiClient(CoreV1Api);
    this.#objects = KubernetesObjectApi.makeApiClient(config);
  }

  /** A value of a Secret in the links' namespace; undefined where there is none. */
  async secretValue(name: string, key: string): Promise<string | undefined> {
    try {
      const { data } = await this.#core.readNamespacedSecret({ name, namespace: linkNamespace });
      const encoded = data?.[key];
      return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) {
        return undefined;
      }
      throw notRead(`Secret ${linkNamespace}/${name}`, error);
    }
  }

  /** Removes a Secret of the links' namespace; one that is not there is fine. */
  async removeSecret(name: string): Promise<void> {
    try {
      await this.#core.deleteNamespacedSecret({ name, namespace: linkNamespace });
    } catch (error) {
      if (!(error instanceof ApiException && error.code === 404)) {
        throw notRead(`Secret ${linkNamespace}/${name}`, error);
      }
    }
  }

  /** A short-lived token of a service account in the links' namespace, with which it logs in to the region's Vault. */
  async serviceAccountToken(name: string): Promise<string> {
    try {
      const { status } = await this.#core.createNamespacedServiceAccountToken({
        name,
        namespace: linkNamespace,
        body: Object.assign(new AuthenticationV1TokenRequest(), {
          spec: Object.assign(new V1TokenRequestSpec(), { audiences: ["vault"], expirationSeconds: 600 }),
        }),
      });
      return status?.token ?? "";
    } catch (error) {
      throw notRead(`a token of the service account ${linkNamespace}/${name}`, error);
    }
  }

  /** All PushSecrets of the cluster. */
  async pushes(): Promise<readonly SyncedObject[]> {
    try {
      const { items } = await this.#objects.list<SyncedObject>(apiVersions.PushSecret, "PushSecret");
      return items;
    } catch (error) {
      throw notRead("the PushSecrets", error);
    }
  }

  /** An object; in the links' namespace unless another one is named. */
  async read(kind: SyncedKind, name: string, namespace: string = linkNamespace): Promise<SyncedObject> {
    try {
      return await this.#objects.read<SyncedObject>(headerOf(kind, name, namespace));
    } catch (error) {
      throw notRead(`${kind} ${namespace}/${name}`, error);
    }
  }

  /** Has External Secrets work on an object at once: any new annotation does. */
  async trigger(
    kind: SyncedKind,
    name: string,
    mark: string,
    namespace: string = linkNamespace,
  ): Promise<void> {
    const { apiVersion, metadata } = headerOf(kind, name, namespace);
    const touched = { apiVersion, kind, metadata: { ...metadata, annotations: { "force-sync": mark } } };
    try {
      await this.#objects.patch(
        touched,
        undefined,
        undefined,
        undefined,
        undefined,
        PatchStrategy.MergePatch,
      );
    } catch (error) {
      throw notRead(`${kind} ${namespace}/${name}`, error);
    }
  }
}

function headerOf(kind: SyncedKind, name: string, namespace: string) {
  return { apiVersion: apiVersions[kind], kind, metadata: { name, namespace } };
}

function notRead(what: string, error: unknown): Error {
  return unreachable(
    `${what} can't be read or written: ${apiFailure(error)}. Where there is no link yet, \`pulumi up\` makes it.`,
    error,
  );
}
