import { Agent, type RequestOptions } from "node:https";
import { addAbortSignal, Duplex, PassThrough } from "node:stream";
import { connect } from "node:tls";

import { PortForward, type KubeConfig } from "@kubernetes/client-node";

import { withinPatience } from "../../cluster/patience.ts";
import { defaultTimeoutMilliseconds } from "./vault-client.ts";

/** A listener of one Vault server, addressed as the pod it is. */
export interface VaultPod {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** What is used of the WebSocket below a tunnel. */
interface TunnelSocket {
  addEventListener(type: "close", listener: () => void): void;
  close(): void;
  terminate(): void;
}

/**
 * Connections to one Vault server through the Kubernetes API, so that Vault need not be reachable from outside: needed
 * before it has an address, and for servers that no Service leads to, such as sealed ones.
 */
export class PodTunnel extends Agent {
  readonly #config: KubeConfig;
  readonly #target: VaultPod;
  readonly #caBundle: string;
  /** Connections that are not there yet, of which the agent therefore does not know. */
  readonly #opening = new Set<AbortController>();

  /** Takes access to the cluster, the server, and the CA certificates (PEM) that its own must descend from. */
  constructor(config: KubeConfig, target: VaultPod, caBundle: string) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#config = config;
    this.#target = target;
    this.#caBundle = caBundle;
  }

  /**
   * Called by Node for each new connection; overrides the one that opens a socket. One that is not there within the time that
   * the request has (15 s if it does not say) is given up, as the request can't: it has no socket to destroy yet.
   */
  override createConnection(
    { timeout = defaultTimeoutMilliseconds }: RequestOptions,
    callback: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const attempt = new AbortController();
    this.#opening.add(attempt);
    const giveUp = (): Error => {
      attempt.abort();
      return new Error(`there was no connection to ${this.#target.pod} within ${timeout} ms`);
    };
    void withinPatience(timeout / 1_000, () => this.#open(attempt.signal), giveUp)
      .finally(() => this.#opening.delete(attempt))
      .then(
        (stream) => {
          callback(null, stream);
        },
        (error: unknown) => {
          callback(asError(error), new PassThrough());
        },
      );
  }

  /** Lets go of all connections, also of those that are not there yet. */
  override destroy(): void {
    for (const attempt of this.#opening) {
      attempt.abort();
    }
    super.destroy();
  }

  async #open(signal: AbortSignal): Promise<Duplex> {
    const { namespace, pod, port } = this.#target;
    const fromServer = new PassThrough();
    const toServer = new PassThrough();
    const failures = new PassThrough();
    // Its type is that of a package whose types are not installed. It is no function as long as nothing is retried.
    const socket = (await new PortForward(endingWith(signal, this.#config)).portForward(
      namespace,
      pod,
      [port],
      fromServer,
      failures,
      toServer,
    )) as unknown as TunnelSocket;
    const raw = Duplex.from({ readable: fromServer, writable: toServer });
    failures.once("data", (reason: Buffer) => raw.destroy(new Error(reason.toString("utf8").trim())));
    socket.addEventListener("close", () => fromServer.end());
    const secure = connect({ socket: raw, ca: this.#caBundle, servername: "vault" });
    addAbortSignal(signal, secure);
    raw.once("close", () => {
      if (secure.errored === null) {
        socket.close();
      } else {
        // Whoever hangs does not take leave, which a WebSocket would wait for.
        socket.terminate();
      }
    });
    raw.once("error", (error) => secure.destroy(error));
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
    secure.once("secureConnect", () => {
      resolve(secure);
    });
    // Stays for as long as the connection: one that idles between two requests has nobody else to hear of its end.
    secure.on("error", reject);
    secure.once("close", () => {
      reject(new Error(`the connection to ${pod} ended before it was secure`));
    });
    return promise;
  }
}

/** The same access to a cluster, except that a WebSocket which is being opened ends with the signal. */
function endingWith(signal: AbortSignal, config: KubeConfig): KubeConfig {
  const bound = Object.create(config) as KubeConfig;
  bound.applyToHTTPSOptions = async (options) => {
    await config.applyToHTTPSOptions(options);
    // They become those of the request for the WebSocket.
    Object.assign(options, { signal });
  };
  return bound;
}

/** A WebSocket that can't be opened fails with an event, which holds the error. */
function asError(failure: unknown): Error {
  if (failure instanceof Error) {
    return failure;
  }
  const { error, message } = failure as { error?: unknown; message?: string };
  return error instanceof Error ? error : new Error(message ?? String(failure));
}
