import type * as pulumi from "@pulumi/pulumi";

import { refuseUpdate } from "../refused-update.ts";

/** The inputs of Vault's release, as far as they tell the number of servers. */
interface ReleaseInputs {
  readonly values?: { readonly server?: { readonly ha?: { readonly replicas?: number } } };
}

/**
 * Explains why a region can't do with fewer Vault servers, or answers undefined if they do not become fewer.
 * Source: developer.hashicorp.com/vault/docs/concepts/integrated-storage/autopilot: a server that is gone stays a voter
 * until dead servers are cleaned up, so that of five that became three none may fail.
 */
export function fewerServers(before: ReleaseInputs, after: ReleaseInputs): string | undefined {
  const [from, to] = [before.values?.server?.ha?.replicas, after.values?.server?.ha?.replicas];
  if (from === undefined || to === undefined || to >= from) {
    return undefined;
  }
  return (
    `vault-federation:vault.replicas can't be lowered from ${from} to ${to}: the servers that go would stay voters of ` +
    `Raft for a day, in which the loss of one more stops Vault. Set it to ${from}.`
  );
}

/** Stops an update, at preview already, that would take servers away. */
export function refuseFewerServers(name: string): pulumi.ResourceHook {
  return refuseUpdate(name, fewerServers);
}
