import { credentials } from "@grpc/grpc-js";
import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogSeverity } from "@pulumi/pulumi/proto/engine_pb.js";

/** The engine's log: lines for the user, shown beside a resource. */
export class EngineLog {
  readonly #address: string | undefined;
  #client:
    | Promise<(severity: "INFO" | "WARNING", urn: string, message: string, ephemeral: boolean) => void>
    | undefined;

  /** @param address `host:port` of the engine; without it (a plugin started by hand) nothing is shown. */
  constructor(address: string | undefined) {
    this.#address = address;
  }

  /** Shows a status line that the next one replaces. */
  report(urn: string, status: string): void {
    this.#send("INFO", urn, status, true);
  }

  /** Shows a warning that stays. */
  warn(urn: string, message: string): void {
    this.#send("WARNING", urn, message, false);
  }

  #send(severity: "INFO" | "WARNING", urn: string, message: string, ephemeral: boolean): void {
    if (this.#address !== undefined) {
      this.#client ??= connect(this.#address);
      void this.#client.then((send) => {
        send(severity, urn, message, ephemeral);
      });
    }
  }
}

/** Most plugins never log, so the client's modules are loaded at the first line only. */
async function connect(address: string) {
  const { default: services } = await import("@pulumi/pulumi/proto/engine_grpc_pb.js");
  const { default: messages } = await import("@pulumi/pulumi/proto/engine_pb.js");
  const client: EngineClient = new services.EngineClient(address, credentials.createInsecure());
  const severities: Record<"INFO" | "WARNING", LogSeverity> = messages.LogSeverity;
  return (severity: "INFO" | "WARNING", urn: string, message: string, ephemeral: boolean) => {
    const request = new messages.LogRequest()
      .setSeverity(severities[severity])
      .setUrn(urn)
      .setMessage(message)
      .setEphemeral(ephemeral);
    // A line that the engine can't take any more is not worth failing an operation.
    client.log(request, () => undefined);
  };
}
