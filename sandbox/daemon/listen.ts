import { once } from "node:events";
import type { Server } from "node:http";

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Makes a server listen.
 * @param name What the server is, as in "image registry".
 * @throws Error that names server and address, and for a port that is taken how to find who has it.
 */
export async function listen(name: string, server: Server, { host, port }: Address): Promise<Server> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(
      code === "EADDRINUSE"
        ? `the sandbox's ${name} needs port ${port} of ${host}, which another process holds. ` +
            `Find it with \`ss -ltnp 'sport = :${port}'\` and stop it.`
        : `the sandbox's ${name} can't listen at ${host}:${port}: ${message}`,
      { cause: error },
    );
  }
  return server;
}
