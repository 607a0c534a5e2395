import assert from "node:assert/strict";
import { test } from "node:test";

import { obstacleAt } from "../../../../cli/external-secrets/synchronise.ts";
import { withSleepsEnded } from "../../../support/time.ts";

test("A look at what External Secrets does is not waited for beyond the deadline, and what the one before found is said", async (context) => {
  const { promise: silence } = Promise.withResolvers<string>();
  const { timers } = context.mock;
  timers.enable({ apis: ["Date"] });
  let looks = 0;
  const look = (): Promise<string> => {
    looks += 1;
    if (looks === 1) {
      return Promise.resolve("External Secrets is at it");
    }
    timers.setTime(2_000);
    return silence;
  };
  assert.equal(
    await withSleepsEnded(5_000, () => obstacleAt(2_000, look)),
    "External Secrets is at it; since then, no answer within 5 s",
  );
});
