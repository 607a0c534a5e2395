import { AuthenticationV1TokenRequest, V1TokenRequestSpec } from "@kubernetes/client-node";

import { KubernetesApi } from "../cluster/kubernetes-api.ts";
import { VaultClient } from "../plugins/vault/api/client.ts";
import { vaultPath } from "../plugins/vault/api/connection.ts";
import { isGone } from "../plugins/vault/api/failure.ts";

/** A region's Vault, as its stack's outputs name it. */
export interface VaultPlace {
  readonly vaultAddress: string;
  /** CA certificates (PEM). */
  readonly vaultCaBundle: string;
}

/** Who reads: a service account, and the role of Vault that it logs in with. */
export interface PodIdentity {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly role: string;
}

/** Whom the region's roles expect the tokens of its pods to be for. */
const audience = "vault";

/** Shortest life that Kubernetes gives a token; the login comes at once. */
const tokenSeconds = 600;

/** Reads secrets of a region's Vault with the rights of one of its pods, and no more. */
export class VaultReader {
  readonly #client: VaultClient;

  private constructor(client: VaultClient) {
    this.#client = client;
  }

  /** A reader that is not logged in yet. */
  static async as(
    { namespace, serviceAccount: name, role }: PodIdentity,
    cluster: KubernetesApi,
    { vaultAddress, vaultCaBundle }: VaultPlace,
  ): Promise<VaultReader> {
    const { status } = await cluster.core.createNamespacedServiceAccountToken({
      name,
      namespace,
      body: Object.assign(new AuthenticationV1TokenRequest(), {
        spec: Object.assign(new V1TokenRequestSpec(), {
          audiences: [audience],
          expirationSeconds: tokenSeconds,
        }),
      }),
    });
    return new VaultReader(
      new VaultClient({
        address: vaultAddress,
        authority: vaultCaBundle,
        verifiesServer: true,
        serverName: undefined,
        namespace: undefined,
        headers: {},
        login: {
          path: "auth/kubernetes/login",
          namespace: undefined,
          parameters: { role, jwt: status?.token ?? "" },
        },
        token: undefined,
        makesChildToken: false,
        tokenSeconds,
        tokenName: "bench",
        maxRetries: 2,
        retryPause: 500,
      }),
    );
  }

  /** The secret's current values; undefined if it has none. */
  async read(path: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      const { data } = await this.#client.read(vaultPath("secret", "data", path), { signal });
      return data as Record<string, unknown> | undefined;
    } catch (error) {
      if (isGone(error)) {
        return undefined;
      }
      throw error;
    }
  }

  /** Gives up the token. */
  async close(): Promise<void> {
    await this.#client.write("auth/token/revoke-self", {}, { signal: AbortSignal.timeout(5_000) });
    await this.#client.close();
  }
}
