import { z } from "zod";

const revisions = z.array(z.object({ revision: z.number(), status: z.string() }));

/** Whether a release with this status was cut short where there is nothing to go back to: only its removal ends that. */
export function isHalfMade(status: string | undefined): boolean {
  return status === "pending-install" || status === "uninstalling";
}

/** Number of the last revision that was in order, `undefined` if none ever was: helm forgets the others first. */
export function lastGoodRevision(history: string): number | undefined {
  return revisions
    .parse(JSON.parse(history))
    .findLast(({ status }) => ["deployed", "superseded"].includes(status))?.revision;
}
