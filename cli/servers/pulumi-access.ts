import { ApiException, type KubeConfig } from "@kubernetes/client-node";

import { apiFailure } from "../../components/cluster/api-failure.ts";
import { sealStatus } from "../../components/vault/api/seal.ts";
import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { renewAccess } from "../../components/vault/bootstrap/access.ts";
import { Journal, type JournalPlace } from "../../components/vault/bootstrap/journal.ts";
import { againOptions, requireCluster } from "../../components/vault/bootstrap/refusal.ts";
import { actionNeeded, reasonOf, unreachable } from "../failure.ts";
import { asRoot } from "./root-token.ts";

/** What {@link renewPulumiAccess} needs. */
export interface RenewalArgs {
  readonly stack: string;
  readonly leader: VaultClient;
  readonly rootToken: string;
  /** Access to the cluster that the servers run on. */
  readonly config: KubeConfig;
  /** Where the memory of the region's bootstrap is. */
  readonly journal: JournalPlace;
}

/**
 * Gives Pulumi another credential, and ends the present one and all logins by it. Nothing is changed before the bootstrap's
 * memory was read, which the next run of the bootstrap takes the credential from.
 * @throws Failure if that can't be read, or is of another Vault, or the token is no root token, and what became of it all.
 */
export async function renewPulumiAccess(args: RenewalArgs): Promise<void> {
  const { stack, leader, rootToken } = args;
  const journal = await openJournal(args);
  const remedy = `nothing was done. Make one with \`vfed generate-root ${stack}\`.`;
  const vault = await asRoot(leader, rootToken, remedy);
  try {
    await renewAccess(vault, journal);
  } catch (error) {
    throw unreachable(
      `Pulumi's credential was not renewed to the end: ${causeOf(error)}. The former one may be valid still, and logins by it. ` +
        "Run the command again: it makes another one, and ends all others.",
      error,
    );
  }
}

/** How Pulumi takes over what {@link renewPulumiAccess} has made. */
export function takeoverCommands(stack: string): readonly string[] {
  return [`pulumi up --stack ${stack} ${againOptions}`, `pulumi up --stack ${stack}`];
}

/** Opens the bootstrap's memory, if it is that of the leader's Vault, and complete. */
async function openJournal({ stack, leader, config, journal: place }: RenewalArgs): Promise<Journal> {
  const journal = await Journal.open(config, place).catch((error: unknown) => {
    throw unread(place, error);
  });
  const { finished, clusterId } = journal.entry;
  if (finished !== true) {
    throw actionNeeded(
      `Secret ${place.namespace}/${place.name}, the memory of the bootstrap, does not say that it has come to its end, so nothing was done. ` +
        `Run \`pulumi up --stack ${stack}\` first. If the Secret was deleted, put it back from a backup.`,
    );
  }
  const { cluster_id: found } = await sealStatus(leader);
  try {
    requireCluster(leader, found, clusterId);
  } catch (error) {
    throw actionNeeded(`${reasonOf(error)} Nothing was done.`);
  }
  return journal;
}

function unread({ namespace, name }: JournalPlace, error: unknown): Error {
  // Its own refusals are mere errors, which say what to do; those of the API server and of the network are of other kinds.
  return error instanceof Error && error.constructor === Error
    ? actionNeeded(`${error.message} Nothing was done in Vault.`)
    : unreachable(
        `Secret ${namespace}/${name}, the memory of the bootstrap, can't be read: ${apiFailure(error)}. Nothing was done in Vault. ` +
          "Once that is mended, try again.",
        error,
      );
}

/** The Kubernetes client's own message has all headers in it. */
function causeOf(error: unknown): string {
  return error instanceof ApiException ? apiFailure(error) : reasonOf(error);
}
