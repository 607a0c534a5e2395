import { z } from "zod";

const errorBody = z.object({ errors: z.array(z.string()) });

/** An answer of Vault that is an error. */
export class VaultFailure extends Error {
  /** HTTP status. */
  readonly status: number;
  /** Vault's own words; empty if it gave none. */
  readonly reasons: readonly string[];

  constructor(status: number, reasons: readonly string[], message: string) {
    super(message);
    this.name = "VaultFailure";
    this.status = status;
    this.reasons = reasons;
  }

  /** Whether any of Vault's words contain a text. */
  says(text: string): boolean {
    return this.reasons.some((reason) => reason.includes(text));
  }
}

/** What was asked, and of whom. */
export interface Asked {
  readonly method: string;
  /** Path below `/v1`. */
  readonly path: string;
  readonly address: string;
}

/** Reads an error as Vault answers it. */
export function failureOf(status: number, text: string, asked: Asked): VaultFailure {
  const reasons = reasonsOf(text);
  return new VaultFailure(status, reasons, explain(status, reasons, asked));
}

/** Whether an error means that something does not exist. Vault answers 400, not 404, where nothing is mounted. */
export function isGone(error: unknown): boolean {
  return (
    error instanceof VaultFailure &&
    (error.status === 404 ||
      (error.status === 400 && (error.says("No secret engine mount at") || error.says("No auth engine at"))))
  );
}

function explain(status: number, reasons: readonly string[], { method, path, address }: Asked): string {
  const words = reasons.join("; ") || "Vault gave no reason";
  const message = `${method} ${path}: [${String(status)}] ${words}`;
  if (status === 503 && reasons.includes("Vault is sealed")) {
    return (
      `Vault at ${address} is sealed and answers nothing until its operators unseal it: vfed unseal <stack> ` +
      "(vfed status <stack> shows each server)"
    );
  }
  if (status >= 500) {
    return `${message}: Vault at ${address} does not work properly; vfed status <stack> shows each server`;
  }
  return status === 403 ? `${message}; the provider's token needs a policy that allows this` : message;
}

/** Several errors come as an indented list with a heading. */
function plain(reason: string): string {
  return reason
    .replace(/^\d+ errors? occurred:/, "")
    .replaceAll(/\s*\* /g, " ")
    .trim();
}

/** Vault's own words in an answer that is an error; empty if it gave none. */
export function reasonsOf(text: string): readonly string[] {
  try {
    const result = errorBody.safeParse(JSON.parse(text));
    return result.success ? result.data.errors.map(plain) : [];
  } catch {
    return [];
  }
}
