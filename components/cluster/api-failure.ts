import { STATUS_CODES } from "node:http";

import { ApiException } from "@kubernetes/client-node";

/**
 * Says in one line why a request to a Kubernetes API failed. The client's own messages either hide the reason
 * ("fetch failed") or take several lines with all headers.
 */
export function apiFailure(error: unknown): string {
  if (error instanceof ApiException) {
    const status = `HTTP ${error.code} ${STATUS_CODES[error.code] ?? ""}`.trimEnd();
    const explanation = statusMessage(error.body);
    return explanation === undefined ? status : `${status}: ${explanation}`;
  }
  if (!(error instanceof Error)) {
    return String(error);
  }
  return error.cause instanceof Error ? `${error.message}: ${reasonOf(error.cause)}` : error.message;
}

/** The message of the `Status` object that the API server sends with a refusal; absent in a proxy's answers. */
function statusMessage(body: unknown): string | undefined {
  try {
    const { message } = JSON.parse(String(body)) as { message?: unknown };
    return typeof message === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}

/** When each of a host's several addresses refuses, the error as a whole has no message, but a code. */
function reasonOf(cause: Error & { readonly code?: string }): string {
  return cause.message === "" && cause.code !== undefined ? cause.code : cause.message;
}
