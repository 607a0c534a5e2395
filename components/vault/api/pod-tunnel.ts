import { Agent, type RequestOptions } from "node:https";
import { Duplex, PassThrough } from "node:stream";
import { connect } from "node:tls";

import { PortForward, type KubeConfig } from "@kubernetes/client-node";

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
}

/**
 * Connections to one Vault server through the Kubernetes API, so that Vault need not be reachable from outside: needed
 * before it has an address, and for servers that no Service leads to, such as sealed ones.
 */
export class PodTunnel extends Agent {
  readonly #forward: PortForward;
  readonly #target: VaultPod;
  readonly #caBundle: string;

  /** Takes access to the cluster, the server, and the CA certificates (PEM) that its own must descend from. */
  constructor(config: KubeConfig, target: VaultPod, caBundle: string) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#forward = new PortForward(config);
    this.#target = target;
    this.#caBundle = caBundle;
  }

  /** Called by Node for each new connection; overrides the one that opens a socket. */
  override createConnection(
    _options: RequestOptions,
    callback: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    void this.#open().then(
      (stream) => {
        callback(null, stream);
      },
      (error: unknown) => {
        callback(asError(error), new PassThrough());
      },
    );
  }

  async #open(): Promise<Duplex> {
    const { namespace, pod, port } = this.#target;
    const fromServer = new PassThrough();
    const toServer = new PassThrough();
    const failures = new PassThrough();
    // Its type is that of a package whose types are not installed. It is no function as long as nothing is retried.
    const socket = (await this.#forward.portForward(
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
    raw.once("close", () => {
      socket.close();
    });
    const secure = connect({ socket: raw, ca: this.#caBundle, servername: "vault" });
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

/** A WebSocket that can't be opened fails with an event, which holds the error. */
function asError(failure: unknown): Error {
  if (failure instanceof Error) {
    return failure;
  }
  const { error, message } = failure as { error?: unknown; message?: string };
  return error instanceof Error ? error : new Error(message ?? String(failure));
}
