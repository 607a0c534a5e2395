/** The members of a `Status` (meta/v1) that this package reads. */
export interface ApiStatus {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly kind?: string;
    readonly name?: string;
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly {
      readonly reason?: string;
      readonly message?: string;
      readonly field?: string;
    }[];
  };
}

/** The API server's refusal of a request. Its message is the server's own, which never holds a Secret's data. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status. */
  readonly code: number;
  /** Machine-readable reason, such as `AlreadyExists`; empty where the answer was no Status. */
  readonly reason: string;
  readonly details: ApiStatus["details"];
  /** Seconds after which the server wants the request again, where it says so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, status: ApiStatus, request: string, retryAfterSeconds?: number) {
    super(status.message ?? `the API server answered ${String(code)} to ${request}`);
    this.code = code;
    this.reason = status.reason ?? "";
    this.details = status.details;
    this.retryAfterSeconds = retryAfterSeconds ?? status.details?.retryAfterSeconds;
  }

  /** Whether the object, its kind or its namespace is not there. */
  get isNotFound(): boolean {
    return this.code === 404;
  }

  get isAlreadyExists(): boolean {
    return this.reason === "AlreadyExists";
  }

  /** Whether the namespace of the object is what was not found. */
  get isNamespaceMissing(): boolean {
    return this.isNotFound && this.details?.kind === "namespaces";
  }

  get isForbidden(): boolean {
    return this.code === 403;
  }

  /** Whether the namespace is on its way out; the server reports that as forbidden. */
  get isNamespaceTerminating(): boolean {
    return this.details?.causes?.some((cause) => cause.reason === "NamespaceTerminating") ?? false;
  }

  /** Whether a field belongs to another manager, or the object was changed in between. */
  get isConflict(): boolean {
    return this.reason === "Conflict";
  }

  /** Whether an admission webhook or the storage can't try a request out without doing it. */
  get isDryRunUnsupported(): boolean {
    return this.code === 400 && /does not support dry ?run/iu.test(this.message);
  }
}

/** The API server could not be reached, or the connection broke. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}
