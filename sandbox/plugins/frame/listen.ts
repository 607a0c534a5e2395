import { once } from "node:events";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { leaveWithParent } from "./parent.ts";

/** Largest message in bytes, as in Pulumi's own SDKs: states with charts and certificates outgrow gRPC's 4 MiB. */
const MESSAGE_LIMIT = 400 * 1024 * 1024;

/** Milliseconds that cleaning up may take; the engine kills after five seconds. */
const FAREWELL = 3000;

/**
 * Serves gRPC procedures as a plugin of the Pulumi engine: announces the port as the first line of the output, and ends
 * the process on SIGINT, SIGTERM, or when the engine is gone.
 * @param register Adds the services.
 * @param leave Cleans up before the end, such as stopping children; defaults to nothing. It is not waited for longer
 *   than the engine waits before it kills.
 */
export async function listen(
  register: (server: Server) => void,
  leave: () => void | Promise<void> = () => undefined,
): Promise<void> {
  const server = new Server({
    "grpc.max_receive_message_length": MESSAGE_LIMIT,
    "grpc.max_send_message_length": MESSAGE_LIMIT,
  });
  register(server);
  const end = () => {
    setTimeout(() => process.exit(0), FAREWELL).unref();
    void Promise.resolve(leave()).finally(() => process.exit(0));
  };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  leaveWithParent(end);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) {
        resolve(bound);
      } else {
        reject(error);
      }
    });
  });
  if (!process.stdout.write(`${String(port)}\n`)) {
    await once(process.stdout, "drain");
  }
}
