import { pauseFor } from "../client.ts";
import type { Operation } from "../resource.ts";
import { eventAnswer } from "./answers.ts";

const DELETIONS = {
  "+order_by": "created",
  "+order": "desc",
  "entity.type": "linode",
  action: "linode_delete",
};

/**
 * Waits until the account's events report that all these Linode instances were deleted. The number 0 stands for a node
 * that has no Linode yet: its event would never come.
 */
export async function nodesDeleted(operation: Operation, instanceIds: readonly number[]): Promise<void> {
  const { client, signal, report } = operation;
  const left = new Set(instanceIds.filter((id) => id !== 0));
  for (;;) {
    const events = await client.list("/account/events", eventAnswer, { signal, report, filter: DELETIONS });
    for (const { entity } of events) {
      left.delete(Number(entity?.id));
    }
    if (left.size === 0) {
      return;
    }
    report?.(
      `recycling nodes: ${String(left.size)} of ${String(instanceIds.length)} are still to be replaced`,
    );
    await pauseFor(client.settings.eventPoll, signal);
  }
}
