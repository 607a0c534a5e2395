import { Metadata, status as codes } from "@grpc/grpc-js";
import type { ServerErrorResponse } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import { MissingConfiguration, PartialFailure, Unimplemented } from "./failures.ts";
import { toStruct } from "./marshalling.ts";

/**
 * Turns what a provider threw into a gRPC status. Ordinary errors are FAILED_PRECONDITION: the engine takes UNKNOWN,
 * INTERNAL and DATA_LOSS for a provider that broke down and leaves the resource in doubt.
 */
export function statusOf(error: unknown): Partial<ServerErrorResponse> {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof PartialFailure) {
    const detail = new messages.ErrorResourceInitFailed()
      .setId(error.id)
      .setInputs(toStruct(error.inputs, false))
      .setProperties(toStruct(error.outputs, false))
      .setReasonsList([...error.reasons]);
    return detailed(codes.UNKNOWN, message, "pulumirpc.ErrorResourceInitFailed", detail.serializeBinary());
  }
  if (error instanceof MissingConfiguration) {
    const keys = [...error.keys].map(([name, description]) =>
      new messages.ConfigureErrorMissingKeys.MissingKey().setName(name).setDescription(description),
    );
    const detail = new messages.ConfigureErrorMissingKeys().setMissingkeysList(keys);
    return detailed(
      codes.INVALID_ARGUMENT,
      message,
      "pulumirpc.ConfigureErrorMissingKeys",
      detail.serializeBinary(),
    );
  }
  if (error instanceof Unimplemented) {
    return { code: codes.UNIMPLEMENTED, details: message };
  }
  return { code: codes.FAILED_PRECONDITION, details: message };
}

function detailed(
  code: codes,
  message: string,
  type: string,
  detail: Uint8Array,
): Partial<ServerErrorResponse> {
  const packed = new any.Any();
  packed.pack(detail, type);
  const metadata = new Metadata();
  const rich = new statuses.Status().setCode(code).setMessage(message).setDetailsList([packed]);
  metadata.set("grpc-status-details-bin", Buffer.from(rich.serializeBinary()));
  return { code, details: message, metadata };
}
