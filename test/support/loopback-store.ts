import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";

import { kubeconfigFor, listen } from "./kubernetes-api.ts";

/** A loopback server in an API server's place that keeps objects; what it keeps is its subclass's business. */
export abstract class LoopbackStore {
  /** Kubeconfig (YAML) that leads here. */
  kubeconfig = "";
  readonly #server = createServer((request, response) => {
    void this.answer(request).then(
      ([status, body]) => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      },
      () => {
        // Whoever is killed hears no answer.
        request.socket.destroy();
      },
    );
  });

  async start(): Promise<this> {
    this.kubeconfig = kubeconfigFor(await listen(this.#server));
    return this;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  /** Answers a request with a status and a body that is sent as JSON; a rejection closes the connection instead. */
  protected abstract answer(request: IncomingMessage): Promise<readonly [status: number, body: unknown]>;
}
