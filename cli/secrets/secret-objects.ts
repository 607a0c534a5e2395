import {
  ApiException,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  V1Secret,
} from "@kubernetes/client-node";

import { apiFailure } from "../../components/cluster/api-failure.ts";
import { resultAnnotations } from "../../components/federation/register-template.ts";
import { catalogue } from "../../components/federation/secret-catalogue.ts";
import { secretLabels, sourcesNamespace as namespace } from "../../components/federation/secret-paths.ts";
import type { SecretPlan } from "../../components/federation/secret-plan.ts";
import type { SecretType } from "../../config/shared-secrets-settings.ts";
import { actionNeeded, unreachable } from "../failure.ts";
import type { NextSource } from "./source.ts";

/** The operator's objects that `vfed` looks at. */
const kinds = {
  push: { group: "external-secrets.io", version: "v1alpha1", plural: "pushsecrets", title: "PushSecret" },
  register: {
    group: "external-secrets.io",
    version: "v1",
    plural: "externalsecrets",
    title: "ExternalSecret",
  },
} as const;

/** A push, or a register. */
export interface SyncObject {
  readonly kind: keyof typeof kinds;
  readonly name: string;
}

/** How far the operator is with an object. */
export interface SyncState {
  /** The form of the object that it was last done with; absent if never. */
  readonly syncedVersion?: string;
  /** When a push last wrote something; absent if never. */
  readonly pushedAt?: string;
  /** What is in the way; empty if nothing is. */
  readonly obstacle: string;
}

interface SyncStatus {
  readonly syncedResourceVersion?: string;
  readonly refreshTime?: string;
  /** What a push has written, by store; empty where it found nothing to write. */
  readonly syncedPushSecrets?: Readonly<Record<string, object>>;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
  }[];
}

/** Somebody else has changed a source since it was read. */
export class SourceChanged extends Error {}

/** What a region's cluster has of its shared secrets. Errors name what could not be done, and hold no values. */
export class SecretObjects {
  readonly #core: CoreV1Api;
  readonly #custom: CustomObjectsApi;

  constructor(kubeconfig: string) {
    const config = new KubeConfig();
    config.loadFromString(kubeconfig);
    this.#core = config.makeApiClient(CoreV1Api);
    this.#custom = config.makeApiClient(CustomObjectsApi);
  }

  /** What the region's configuration says of its secrets, as of the last update. @throws Failure if that is nothing. */
  async plan(): Promise<SecretPlan> {
    const found = await this.#unlessMissing(`ConfigMap ${catalogue.name}`, () =>
      this.#core.readNamespacedConfigMap({ name: catalogue.name, namespace }),
    );
    const plan = catalogue.read(found?.data);
    if (plan === undefined) {
      throw actionNeeded(
        "the region has no shared secrets. Add vault-federation:secrets to its stack's file, and run `pulumi up`.",
      );
    }
    return plan;
  }

  /** A Secret beside the sources; undefined if there is none. */
  async secret(name: string): Promise<V1Secret | undefined> {
    return this.#unlessMissing(`Secret ${name}`, () => this.#core.readNamespacedSecret({ name, namespace }));
  }

  /**
   * Writes a source in place of the one that was read.
   * @throws SourceChanged if it is not that one any more.
   */
  async writeSource(
    name: string,
    type: SecretType,
    next: NextSource,
    before: V1Secret | undefined,
  ): Promise<void> {
    const encoded = Object.entries(next.data).map(([key, value]) => [
      key,
      Buffer.from(value).toString("base64"),
    ]);
    const body = Object.assign(new V1Secret(), {
      metadata: {
        name,
        namespace,
        labels: secretLabels(name),
        annotations: { [resultAnnotations.revision]: String(next.revision) },
        resourceVersion: before?.metadata?.resourceVersion,
      },
      type,
      data: Object.fromEntries(encoded) as Record<string, string>,
    });
    try {
      await (before === undefined
        ? this.#core.createNamespacedSecret({ namespace, body })
        : this.#core.replaceNamespacedSecret({ name, namespace, body }));
    } catch (error) {
      if (error instanceof ApiException && error.code === 409) {
        throw new SourceChanged(name);
      }
      throw this.#failure(`Secret ${name} can't be written`, error);
    }
  }

  /** How far the operator is. */
  async state({ kind, name }: SyncObject): Promise<SyncState> {
    const { title, ...place } = kinds[kind];
    const object = (await this.#unlessMissing(`${title} ${name}`, () =>
      this.#custom.getNamespacedCustomObject({ ...place, namespace, name }),
    )) as { status?: SyncStatus } | undefined;
    return object === undefined
      ? { obstacle: `there is no ${title} ${name}; run \`pulumi up\`` }
      : syncState(object.status);
  }

  /** Has the operator look at an object now: it does so when an annotation changes, and otherwise only at intervals. */
  async touch({ kind, name }: SyncObject, time: Date): Promise<void> {
    const { title, ...place } = kinds[kind];
    const body = { metadata: { annotations: { "force-sync": time.toISOString() } } };
    try {
      await this.#custom.patchNamespacedCustomObject(
        { ...place, namespace, name, body, fieldManager: "vfed" },
        setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
      );
    } catch (error) {
      throw this.#failure(`${title} ${name} can't be touched`, error);
    }
  }

  async #unlessMissing<T>(what: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) {
        return undefined;
      }
      throw this.#failure(`${what} can't be read`, error);
    }
  }

  #failure(what: string, error: unknown): Error {
    return unreachable(`${namespace}: ${what}: ${apiFailure(error)}. Once that is mended, try again.`, error);
  }
}

/** Reads the status that the operator keeps of a push or a register. */
export function syncState(status: SyncStatus | undefined): SyncState {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return {
    syncedVersion: status?.syncedResourceVersion,
    pushedAt: Object.keys(status?.syncedPushSecrets ?? {}).length === 0 ? undefined : status?.refreshTime,
    obstacle:
      ready === undefined
        ? "External Secrets has not looked at it yet"
        : ready.status === "True"
          ? ""
          : (ready.message ?? "External Secrets gives no reason"),
  };
}
