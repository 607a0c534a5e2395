import {
  cancelRekey as cancel,
  deleteBackup,
  rekeyPaths,
  rekeyStatus,
  startRekey,
  type RekeyPaths,
  type RekeyResult,
  type RekeyStatus,
} from "../../components/vault/api/rekey.ts";
import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import type { EncryptedShare } from "../../components/vault/bootstrap/journal.ts";
import { encryptedShares } from "../../components/vault/bootstrap/key-shares.ts";
import { actionNeeded, reasonOf, unreachable } from "../failure.ts";
import type { SharePool } from "../shares/share-pool.ts";
import { ifAllowed } from "./autopilot.ts";
import { isRepeated } from "./root-token.ts";
import { requireHealth, requireLeader, waitUntilSettled } from "./settle.ts";
import { isRefusal, sharesDoNotFit } from "./shares-refused.ts";

/** An operator's public key, as it is given to Vault. */
export interface OperatorPublicKey {
  /** Fingerprint, lower-case hex. */
  readonly fingerprint: string;
  /** Base64 of the binary form. */
  readonly binary: string;
}

/** What {@link rekey} needs. */
export interface RekeyArgs {
  readonly servers: readonly VaultClient[];
  /** Whom the new shares are for, one each. */
  readonly operators: readonly OperatorPublicKey[];
  /** New shares that together unseal. */
  readonly threshold: number;
  /** Shares of the present key. */
  readonly shares: SharePool;
  /** Keeps the new shares, which Vault tells only once. */
  readonly keep: (shares: readonly EncryptedShare[]) => Promise<void>;
  /** Lets Vault's own copy of the new shares be deleted, and autopilot be asked directly. */
  readonly token?: string;
  readonly report: (line: string) => void;
  /** How long to wait for all servers to have taken the new key in. */
  readonly timeoutMilliseconds: number;
}

/** How far a re-key has come. */
export type RekeyOutcome =
  | {
      readonly complete: true;
      readonly shares: readonly EncryptedShare[];
      /** Where Vault's own copy of the new shares still is, for lack of a token; absent once it is deleted. */
      readonly copy?: string;
    }
  | { readonly complete: false; readonly progress: number; readonly required: number };

/**
 * Replaces Vault's key by one whose shares Vault encrypts to the operators. A server that misses this could be unsealed
 * by neither key, so all must be there and caught up, before and after.
 * @throws Failure if a server is not in good health, another re-key is under way, or the shares don't fit.
 */
export async function rekey(args: RekeyArgs): Promise<RekeyOutcome> {
  const { servers, shares, report, token } = args;
  const leader = await requireHealth(servers, "the key is not changed", token);
  const paths = await rekeyPaths(leader);
  const { status, own } = await joinOrStart(leader, paths, args);
  for (let index = 0; ; index += 1) {
    const key = await shares.at(index);
    if (key === undefined) {
      const { progress, required } = await rekeyStatus(leader, paths);
      return { complete: false, progress, required };
    }
    const result = await giveShare(leader, paths, key, { ...status, own });
    if (result?.complete === true) {
      const fresh = encryptedShares(result);
      await args.keep(fresh);
      const deleted = token !== undefined && (await deleteCopy(leader, paths, token));
      report("the new shares are kept; waiting until every server has taken the new key in");
      await waitUntilSettled(
        servers,
        Date.now() + args.timeoutMilliseconds,
        "The new shares are valid and kept, but don't restart that server before it has caught up: `vfed status` shows it.",
        token,
      );
      return { complete: true, shares: fresh, ...(deleted ? {} : { copy: paths.backup }) };
    }
  }
}

/** Gives up a re-key that is under way; answers whether there was one. */
export async function cancelRekey(servers: readonly VaultClient[]): Promise<boolean> {
  const leader = await requireLeader(servers);
  return cancel(leader, await rekeyPaths(leader));
}

/** Deletes Vault's own copy of the new shares; answers whether the token may do that. */
async function deleteCopy(leader: VaultClient, paths: RekeyPaths, token: string): Promise<boolean> {
  const done = deleteBackup(leader.withToken(token), paths).then(() => true);
  return (await ifAllowed(done)) ?? false;
}

async function joinOrStart(
  leader: VaultClient,
  paths: RekeyPaths,
  { operators, threshold, report }: RekeyArgs,
): Promise<{ status: RekeyStatus; own: boolean }> {
  const status = await rekeyStatus(leader, paths);
  if (!status.started) {
    const publicKeys = operators.map(({ binary }) => binary);
    return { status: await startRekey(leader, paths, publicKeys, threshold), own: true };
  }
  const fingerprints = (status.pgp_fingerprints ?? []).map((fingerprint) => fingerprint.toLowerCase());
  const wanted = operators.map(({ fingerprint }) => fingerprint);
  if (status.t !== threshold || fingerprints.toSorted().join() !== wanted.toSorted().join()) {
    throw actionNeeded(
      `another re-key is under way, for ${status.n} shares with a threshold of ${status.t} (${fingerprints.join(", ")}), ` +
        `with ${status.progress} of ${status.required} shares given. Finish it with the same arguments, or give it up with \`vfed rekey --cancel\`.`,
    );
  }
  report(
    `going on with the re-key that is under way: ${status.progress} of ${status.required} shares have been given`,
  );
  return { status, own: false };
}

async function giveShare(
  leader: VaultClient,
  paths: RekeyPaths,
  key: string,
  { nonce, own }: { readonly nonce: string; readonly own: boolean },
): Promise<RekeyResult | undefined> {
  try {
    return await leader.send<RekeyResult>("PUT", `${paths.ceremony}/update`, { key, nonce });
  } catch (error) {
    if (!isRefusal(error)) {
      throw unreachable(
        `${leader.name} was given a share, but its answer was lost (${reasonOf(error)}). If that was the last share needed, the key has ` +
          "changed, and Vault alone has the new shares. Put the new operators and threshold into the stack's configuration: `pulumi up` " +
          `fetches them, or says that the key is unchanged. If they are those of before, look with a token: vault read ${paths.backup}`,
        error,
      );
    }
    if (isRepeated(error.reasons)) {
      return undefined;
    }
    if (own) {
      await cancel(leader, paths);
    }
    throw sharesDoNotFit(
      leader.name,
      error,
      own
        ? "The key is unchanged, and the re-key was given up."
        : "The key is unchanged; the re-key is still under way, without shares.",
    );
  }
}
