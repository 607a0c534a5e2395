import type { VaultClient } from "./api/client.ts";
import type { RefusedField } from "../schema/field.ts";
import type * as schema from "../schema/kind.ts";

/** What an operation on Vault works with. */
export type Operation = schema.Operation<VaultClient>;

/** One type of resource in Vault. */
export type Kind = schema.Kind<VaultClient>;

/** Everything in Vault is done in seconds; these bound what a Vault that hangs can cost. In minutes. */
export const TIMEOUTS = { create: 5, update: 5, delete: 5 } as const;

/** Properties that no resource here can follow. */
export const ENTERPRISE: RefusedField = { kind: "refused", reason: "is for Vault Enterprise" };

/** Takes back what was begun when the rest of a creation fails, so that the next run can begin anew. */
export async function orTakenBack<Result>(
  work: Promise<Result>,
  takeBack: () => Promise<void>,
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    // What went wrong first is what the user has to know.
    await takeBack().catch(() => undefined);
    throw error;
  }
}
