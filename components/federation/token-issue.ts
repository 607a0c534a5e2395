import type { TokenIssue } from "../../config/contract.ts";

/**
 * Which token to export for a peer: the one that exists until its life is over, then the next one. In between the
 * clusters rotate tokens by themselves; this one is for the first login, and for one after all others have expired.
 * @param now Milliseconds since 1970.
 */
export function issueNumber(last: TokenIssue | undefined, lifetimeSeconds: number, now: number): number {
  if (last === undefined) {
    return 1;
  }
  const end = Date.parse(last.issuedAt) + lifetimeSeconds * 1_000;
  return now < end ? last.number : last.number + 1;
}
