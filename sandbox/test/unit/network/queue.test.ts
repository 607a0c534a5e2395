import assert from "node:assert/strict";
import { it } from "node:test";
import { Queue } from "../../../network/queue.ts";

it("runs tasks one after the other in their order, also after one failed", async () => {
  const queue = new Queue();
  const events: string[] = [];
  const gate = Promise.withResolvers<undefined>();
  const first = queue.run(async () => {
    events.push("first begins");
    await gate.promise;
    events.push("first fails");
    throw new Error("no luck");
  });
  const second = queue.run(() => {
    events.push("second");
    return Promise.resolve(2);
  });
  assert.equal(queue.isBusy, true);
  gate.resolve(undefined);
  await assert.rejects(first, /no luck/);
  assert.equal(await second, 2);
  assert.deepEqual(events, ["first begins", "first fails", "second"]);
  assert.equal(queue.isBusy, false);
});
