import { STATUS_CODES } from "node:http";

/** One entry of an error answer: what is wrong and, for a bad request, with which field. */
export interface Problem {
  readonly reason: string;
  readonly field?: string;
}

/** An error answer as Linode's API gives it: `{"errors": [{"reason", "field"}]}`. */
export class ApiError extends Error {
  readonly status: number;
  readonly problems: readonly Problem[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, problems: readonly Problem[], headers: Readonly<Record<string, string>> = {}) {
    super(
      problems.map(({ field, reason }) => (field === undefined ? reason : `[${field}] ${reason}`)).join("; "),
    );
    this.name = "ApiError";
    this.status = status;
    this.problems = problems;
    this.headers = headers;
  }
}

/** The answer for whatever does not exist. */
export function notFound(): ApiError {
  return new ApiError(404, [{ reason: "Not found" }]);
}

/** The answer for a request that is well-formed but can't be served, with the field at fault if there is one. */
export function badRequest(reason: string, field?: string): ApiError {
  return new ApiError(400, [field === undefined ? { reason } : { reason, field }]);
}

/** The answer for what will be there later; clients come again after that many seconds. */
export function notYet(what: string, retryAfterSeconds: number): ApiError {
  return new ApiError(503, [{ reason: `${what} not yet available. Please try again later.` }], {
    "retry-after": String(retryAfterSeconds),
  });
}

/** The body of an error answer that has nothing to say but its status. */
export function statusProblems(status: number): { errors: Problem[] } {
  return { errors: [{ reason: STATUS_CODES[status] ?? `Status ${String(status)}` }] };
}

/** A moment in the form of Linode's API: UTC, to the second, without a zone. */
export function timestamp(moment: Date): string {
  return moment.toISOString().slice(0, 19);
}
