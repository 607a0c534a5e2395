import { ApiException, CoreV1Api, V1Secret } from "@kubernetes/client-node";

import { apiFailure } from "../../components/cluster/api-failure.ts";
import { kubeConfigFrom } from "../../components/cluster/kube-config.ts";
import { resultAnnotations } from "../../components/federation/register-template.ts";
import { catalogue } from "../../components/federation/secret-catalogue.ts";
import {
  nameLabel,
  secretLabels,
  sourcesNamespace as namespace,
} from "../../components/federation/secret-paths.ts";
import type { SecretPlan } from "../../components/federation/secret-plan.ts";
import type { SecretType } from "../../config/shared-secrets-settings.ts";
import { SyncedObjects } from "../external-secrets/synced-objects.ts";
import { actionNeeded, unreachable } from "../failure.ts";
import type { NextSource } from "./source.ts";

/** Somebody else has changed a source since it was read. */
export class SourceChanged extends Error {}

/** What a region's cluster has of its shared secrets. Errors name what could not be done, and hold no values. */
export class SecretObjects {
  readonly #core: CoreV1Api;
  /** What External Secrets works on there. */
  readonly synced: SyncedObjects;

  constructor(kubeconfig: string) {
    const config = kubeConfigFrom(kubeconfig);
    this.#core = config.makeApiClient(CoreV1Api);
    this.synced = new SyncedObjects(config);
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

  /** Names of the Secrets of shared secrets, those included that the configuration has no more. */
  async names(): Promise<string[]> {
    const found = await this.#unlessMissing("Secrets", () =>
      this.#core.listNamespacedSecret({ namespace, labelSelector: nameLabel }),
    );
    return (found?.items ?? []).flatMap(({ metadata }) => metadata?.name ?? []).sort();
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
