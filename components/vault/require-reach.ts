import { Agent } from "node:https";

import { healthCode } from "./api/leader.ts";
import { VaultClient } from "./api/vault-client.ts";

/** A Vault that is not the region's own, and what the stack made in it. */
export interface ForeignVault {
  /** Such as `https://vault.example.com:8200`. */
  readonly address: string;
  /** CA certificates (PEM); absent where the system's own are enough. */
  readonly caBundle?: string;
  /** URN of the provider of everything that the stack made in it. */
  readonly providerUrn: string;
}

/**
 * Lets the end of what a stack made in a Vault begin only while that Vault is up.
 * @throws Error with what holds it up, how to go on with that Vault, and how without.
 */
export async function requireReach(vault: ForeignVault): Promise<void> {
  const reason = await outage(vault);
  if (reason !== undefined) {
    throw new Error(
      `what this stack made in Vault can't be taken out of it: ${reason}, then run the same command again. ` +
        "If that Vault is gone for good, have the stack forget what was in it, and run the same command again: " +
        `pulumi state delete --yes --force --target-dependents '${vault.providerUrn}'`,
    );
  }
}

/** Why a Vault can't do what it is told, with what would mend that; undefined if it can. */
async function outage({ address, caBundle }: ForeignVault): Promise<string | undefined> {
  const { hostname: host, port } = new URL(address);
  const server = new VaultClient({
    name: address,
    host,
    port: port === "" ? 443 : Number(port),
    agent: new Agent(caBundle === undefined ? {} : { ca: caBundle }),
  });
  try {
    switch (await healthCode(server)) {
      case 501:
        return `${address} is not initialised: it is another Vault, or has lost its data. Restore it`;
      case 503:
        return `${address} is sealed. Have it unsealed`;
      default:
        return undefined;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `${reason}. Bring it up, and see that this machine reaches it and trusts its certificate`;
  } finally {
    server.close();
  }
}
