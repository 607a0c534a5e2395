import type { ServiceDefinition, UntypedServiceImplementation, handleUnaryCall } from "@grpc/grpc-js";
import { Unimplemented } from "./failures.ts";
import { statusOf } from "./status.ts";

/**
 * Wraps a function as a procedure: what it throws becomes the status of the answer.
 * @param handle Gets a signal that is aborted when the engine doesn't wait for the answer any more.
 */
export function unary<Request, Response>(
  handle: (request: Request, withdrawn: AbortSignal) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    const withdrawn = new AbortController();
    call.on("cancelled", () => {
      withdrawn.abort(new Error("the engine gave up waiting"));
    });
    const answer = async () => handle(call.request, withdrawn.signal);
    answer().then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        callback(statusOf(error));
      },
    );
  };
}

/**
 * Completes a service: procedures that are left out answer "unimplemented", with their name and a remedy.
 * @param remedy What the user can do, after a semicolon.
 */
export function complete(
  service: ServiceDefinition,
  implementation: UntypedServiceImplementation,
  remedy: string,
): UntypedServiceImplementation {
  const refusals = Object.entries(service).map(([name, { path }]) => [
    name,
    unary(() => {
      throw new Unimplemented(`the sandbox's own plugin does not implement ${path}; ${remedy}`);
    }),
  ]);
  return { ...(Object.fromEntries(refusals) as UntypedServiceImplementation), ...implementation };
}
