import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { Operation } from "./resource.ts";

const begun = z.object({ data: z.object({ migration_id: z.string() }) });

const progress = z.object({ data: z.object({ migration_info: z.object({ status: z.string() }) }) });

/** Milliseconds between two looks at a move; most are done at once. */
const POLL = 250;

/** Moves a mount, with everything in it, to another path. @param from Such as `secret`, or `auth/kubernetes`. */
export async function remount(operation: Operation, from: string, to: string): Promise<void> {
  const { client, signal, report } = operation;
  const waiting = { signal, ...(report === undefined ? {} : { report }) };
  const { data } = await client.send({
    ...waiting,
    method: "POST",
    path: "sys/remount",
    body: { from, to },
    answer: begun,
  });
  for (;;) {
    const path = `sys/remount/status/${data.migration_id}`;
    const { migration_info: move } = (
      await client.send({ ...waiting, method: "GET", path, answer: progress })
    ).data;
    if (move.status === "success") {
      return;
    }
    if (move.status === "failure") {
      throw new Error(
        `Vault failed to move ${from} to ${to}; its log says why, under migration ${data.migration_id}`,
      );
    }
    report?.(`moving ${from} to ${to}`);
    await delay(POLL, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  }
}
