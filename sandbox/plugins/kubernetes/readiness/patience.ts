import { ApiError, UnreachableError } from "../api/api-error.ts";

/**
 * Whether a failure may be over in a moment: the server is restarted or overloaded, or the connection broke. Whoever
 * waits for something anyway goes on waiting.
 */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof UnreachableError ||
    (error instanceof ApiError && (error.code >= 500 || error.code === 429))
  );
}
