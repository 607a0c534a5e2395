import {
  ApiException,
  AuthenticationV1TokenRequest,
  CoreV1Api,
  V1TokenRequestSpec,
  type KubeConfig,
} from "@kubernetes/client-node";

import { linkNamespace } from "../../components/federation/link-names.ts";
import { apiFailure } from "../../components/cluster/api-failure.ts";
import { SyncedObjects } from "../external-secrets/synced-objects.ts";
import { podAudience } from "../../components/vault/pod-role.ts";
import { unreachable } from "../failure.ts";

/** What of a region's cluster its links are made of. */
export class LinkCluster {
  readonly #core: CoreV1Api;
  /** What External Secrets works on there. */
  readonly synced: SyncedObjects;

  constructor(config: KubeConfig) {
    this.#core = config.makeApiClient(CoreV1Api);
    this.synced = new SyncedObjects(config);
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

  /**
   * A short-lived token of a service account in the links' namespace, with which it logs in to a Vault.
   * @param audience Whom it is for; the region's own Vault by default.
   */
  async serviceAccountToken(name: string, audience: string = podAudience): Promise<string> {
    try {
      const { status } = await this.#core.createNamespacedServiceAccountToken({
        name,
        namespace: linkNamespace,
        body: Object.assign(new AuthenticationV1TokenRequest(), {
          spec: Object.assign(new V1TokenRequestSpec(), { audiences: [audience], expirationSeconds: 600 }),
        }),
      });
      return status?.token ?? "";
    } catch (error) {
      throw notRead(`a token of the service account ${linkNamespace}/${name}`, error);
    }
  }
}

function notRead(what: string, error: unknown): Error {
  return unreachable(
    `${what} can't be read or written: ${apiFailure(error)}. Where there is no link yet, \`pulumi up\` makes it.`,
    error,
  );
}
