import type { PlannedSecret } from "../../components/federation/secret-plan.ts";
import { revisionKey } from "../../components/federation/register-template.ts";
import { VaultError, type VaultClient } from "../../components/vault/api/vault-client.ts";
import { secretMount } from "../../components/vault/policies.ts";
import { reasonOf } from "../failure.ts";
import { notLinked } from "../links/region-links.ts";
import type { NextSource } from "./source.ts";
import type { WritableSecret } from "./region-secrets.ts";

/** A peer, as a secret's pushes know it. */
export interface Keeper {
  readonly peer: string;
  /** Name of the ClusterSecretStore that leads to it. */
  readonly store: string;
  /** Does work in its Vault. */
  readonly visit: <T>(work: (vault: VaultClient) => Promise<T>) => Promise<T>;
}

/** What peers have kept of a secret for the region that writes it. */
export interface Kept {
  /** The newest of what they have; absent if none of them has anything. */
  readonly newest?: NextSource & { readonly peer: string };
  /** Why some could not be asked, a line each. Any of them may have something newer. */
  readonly unknown: readonly string[];
}

interface Found {
  readonly peer: string;
  readonly written: string;
  readonly next: NextSource;
}

/** Secrets that people write in a region, so that it has nothing of them after the loss of its cluster. */
export function isEntered(secret: PlannedSecret): secret is WritableSecret {
  return secret.source !== undefined && secret.generated === undefined;
}

/**
 * Asks peers for what the region itself wrote to them: it may read that, and nobody else may write it. Of several parts the
 * one with the highest revision is the newest; where a secret has one home and so no revision, what was written last.
 */
export async function keptByPeers(secret: PlannedSecret, keepers: readonly Keeper[]): Promise<Kept> {
  const asked = keepers.flatMap((keeper) =>
    secret.pushes.filter(({ store }) => store === keeper.store).map(({ path }) => look(keeper, path)),
  );
  const unlinked = keepers.filter(({ peer }) => secret.awaits?.includes(peer) === true);
  const answers = [...unlinked.map(({ peer }) => notLinked(peer)), ...(await Promise.all(asked))];
  const found = answers.flatMap((answer) => (typeof answer === "object" ? [answer] : []));
  const [newest] = found.sort(
    (one, other) =>
      other.next.revision - one.next.revision || Date.parse(other.written) - Date.parse(one.written),
  );
  return {
    newest: newest === undefined ? undefined : { ...newest.next, peer: newest.peer },
    unknown: answers.filter((answer) => typeof answer === "string"),
  };
}

/** What one peer has; its reason if that can't be found out. */
async function look({ peer, visit }: Keeper, path: string): Promise<Found | string | undefined> {
  try {
    const { data } = await visit((vault) =>
      vault.send<{ data: { data: Record<string, unknown>; metadata: { created_time: string } } }>(
        "GET",
        `${secretMount}/data/${path}`,
      ),
    );
    const values = Object.entries(data.data).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const next = Object.fromEntries(values) as Record<string, string>;
    return {
      peer,
      written: data.metadata.created_time,
      next: { revision: Number(next[revisionKey] ?? 1), data: next },
    };
  } catch (error) {
    return error instanceof VaultError && error.status === 404 ? undefined : `${peer}: ${reasonOf(error)}`;
  }
}
