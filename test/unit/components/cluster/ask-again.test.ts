import assert from "node:assert/strict";
import { test } from "node:test";

import { askAgain } from "../../../../components/cluster/ask-again.ts";
import { withoutSleeping } from "../../../support/time.ts";
import { withWarnings } from "../../../support/warnings.ts";

test("A cluster that takes a refresh's question and hangs is not waited for: what is remembered stays, with a warning", async () => {
  const { promise: silence } = Promise.withResolvers<string>();
  const { outcome, warnings } = await withWarnings(() =>
    withoutSleeping(() => askAgain("the key", "remembered", () => silence)),
  );
  assert.equal(outcome, "remembered");
  assert.equal(
    warnings,
    "warning: the key could not be read again: no answer within 15 s. It stays as it was read last.\n",
  );
});
