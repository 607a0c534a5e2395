import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { Duplex } from "node:stream";

import { listen } from "./kubernetes-api.ts";

/** A loopback server that takes connections and then hangs, as a frozen process does. */
export class SilentServer {
  readonly #server: Server;
  readonly #connections: Socket[] = [];
  readonly #heard = Promise.withResolvers<undefined>();
  #port = 0;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.#connections.push(socket);
      socket.on("error", () => undefined);
      // A server of HTTP leaves that to whoever has taken the connection over.
      socket.on("end", () => socket.destroy());
    });
  }

  /** One that never says anything. */
  static start(): Promise<SilentServer> {
    return new SilentServer(createServer()).#start("connection");
  }

  /** One that opens WebSockets, as an API server does for a tunnel to a pod, and is silent behind them. */
  static startBehindWebSocket(): Promise<SilentServer> {
    const server = createHttpServer();
    server.on("upgrade", ({ headers }, socket) => {
      // Source: RFC 6455, 4.2.2.
      const accept = createHash("sha1")
        .update(`${headers["sec-websocket-key"] ?? ""}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest("base64");
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
          `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: v4.channel.k8s.io\r\n\r\n`,
      );
    });
    return new SilentServer(server).#start("upgrade");
  }

  /** Takes the event after which it is silent. */
  async #start(last: "connection" | "upgrade"): Promise<this> {
    this.#server.on(last, (...told: readonly unknown[]) => {
      const socket = told.find((argument) => argument instanceof Duplex);
      socket?.on("data", () => {
        this.#heard.resolve(undefined);
      });
    });
    this.#port = await listen(this.#server);
    return this;
  }

  get port(): number {
    return this.#port;
  }

  /** Resolves when it has been told something that it should answer. */
  async heard(): Promise<void> {
    await this.#heard.promise;
  }

  /** Resolves when it was connected to, and the other side has let go; answers how many connections there were. */
  async released(): Promise<number> {
    if (this.#connections.length === 0) {
      await once(this.#server, "connection");
    }
    await Promise.all(
      this.#connections.filter(({ closed }) => !closed).map((socket) => once(socket, "close")),
    );
    return this.#connections.length;
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#connections) {
      socket.destroy();
    }
    await once(this.#server, "close");
  }
}
