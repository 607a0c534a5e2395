import { linkNamespace } from "../../components/federation/link-names.ts";
import { secondsOfGo } from "../../config/rules.ts";
import { failureOf, placeOf, type SyncedObject } from "../external-secrets/synced-object.ts";
import { missing } from "../external-secrets/synced-objects.ts";
import type { LinkedPeer } from "./region-links.ts";

/** An ExternalSecret that mints or takes in a token of a link. */
export interface TokenSource {
  /** Namespace and name. */
  readonly name: string;
  /** How often it makes a token, in seconds; absent where it makes none. */
  readonly intervalSeconds?: number;
  /** Why it does not work; empty if it does. */
  readonly failure: string;
}

/** Finds what a link's tokens come from, and how it stands; one that should be there and is not has failed. */
export function tokenSources(
  { names, remote, hasTokenRole }: LinkedPeer,
  externalSecrets: readonly SyncedObject[],
): TokenSource[] {
  if (remote === undefined) {
    // Before there is a link nothing is minted, and nothing comes.
    return [];
  }
  const source = (name: string, mints: boolean): TokenSource => {
    const place = { kind: "ExternalSecret", namespace: linkNamespace, name } as const;
    const found = externalSecrets.find((object) => {
      const at = placeOf("ExternalSecret", object);
      return at.namespace === place.namespace && at.name === name;
    });
    const interval = found?.spec?.refreshInterval;
    return {
      name: `${linkNamespace}/${name}`,
      intervalSeconds: mints && interval !== undefined ? secondsOfGo(interval) : undefined,
      failure: found === undefined ? missing(place) : failureOf(found),
    };
  };
  return [
    ...(remote.login.auth === "token" ? [source(names.incomingToken, false)] : []),
    ...(hasTokenRole ? [source(names.outgoingToken, true)] : []),
  ];
}
