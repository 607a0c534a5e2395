import type { ResourceRequest } from "../frame/provider.ts";
import { isReachable } from "./cluster.ts";
import type { Session } from "./session.ts";

/** Whether a resource counts as gone because its cluster can't be reached and the settings say so; the user is told. */
export function isGivenUp(session: Session, request: ResourceRequest & { readonly id: string }): boolean {
  const isGone = !isReachable(session.cluster) && session.settings.deleteUnreachable;
  if (isGone) {
    request.warn(
      `${request.id} is dropped from the stack without being deleted, as the cluster is unreachable`,
    );
  }
  return isGone;
}

/** Whether a resource is left as it is remembered because its cluster can't be reached and the settings say so. */
export function isLeftAsItWas(session: Session, request: ResourceRequest & { readonly id: string }): boolean {
  const isLeft = !isReachable(session.cluster) && session.settings.skipUpdateUnreachable;
  if (isLeft) {
    request.warn(`${request.id} is left as it was, as the cluster is unreachable`);
  }
  return isLeft;
}
