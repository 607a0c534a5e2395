import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  Health,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  type KubernetesObject,
} from "@kubernetes/client-node";
import { setTimeout as delay } from "node:timers/promises";

/** Name under which the sandbox owns the fields it sets. */
export const fieldManager = "vault-federation-sandbox";

/** An object as a client writes it, with the fields of its kind. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
  };
  readonly [field: string]: unknown;
}

/** A cluster's API server, as its owner sees it. */
export class KubernetesApi {
  /** Configuration of the connection. */
  readonly config: KubeConfig;
  /** Pods, nodes, Services and so on. */
  readonly core: CoreV1Api;
  /** Deployments and so on. */
  readonly apps: AppsV1Api;
  readonly #objects: KubernetesObjectApi;

  /** @param kubeconfig YAML. */
  constructor(kubeconfig: string) {
    this.config = new KubeConfig();
    this.config.loadFromString(kubeconfig);
    this.core = this.config.makeApiClient(CoreV1Api);
    this.apps = this.config.makeApiClient(AppsV1Api);
    this.#objects = KubernetesObjectApi.makeApiClient(this.config);
  }

  /** Whether the API server answers and says it is ready. */
  async isReady(): Promise<boolean> {
    try {
      return await new Health(this.config).readyz({});
    } catch {
      return false;
    }
  }

  /** Creates or changes an object so that it has these fields (server-side apply). */
  async apply(object: Manifest): Promise<void> {
    await this.#objects.patch(
      object as KubernetesObject,
      undefined,
      undefined,
      fieldManager,
      true,
      PatchStrategy.ServerSideApply,
    );
  }
}

/** Waits for an answer that is neither an error saying "not found" nor undefined. */
export async function findObject<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isStatus(error, 404)) {
      return undefined;
    }
    throw error;
  }
}

/** Whether an error is the API server's answer with a certain HTTP status. */
export function isStatus(error: unknown, status: number): boolean {
  return error instanceof ApiException && error.code === status;
}

/**
 * Asks until an answer comes.
 * @param seconds Time after which to give up.
 * @param failure Called then for the error to throw.
 */
export async function waitFor<T>(
  ask: () => Promise<T | undefined>,
  seconds: number,
  failure: () => Promise<Error> | Error,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    if (Date.now() > end) {
      throw await failure();
    }
    await delay(100);
  }
}
