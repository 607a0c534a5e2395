import assert from "node:assert/strict";
import { test } from "node:test";
import { poolAnswer } from "../../../../plugins/linode/cluster/answers.ts";
import { nodesDeleted } from "../../../../plugins/linode/cluster/recycling.ts";
import { LinodeClient } from "../../../../plugins/linode/client.ts";
import { readSettings } from "../../../../plugins/linode/settings.ts";
import { LinodeAccount, TOKEN } from "../../../support/linode/linode-account.ts";

test("A node that has no Linode yet has the number 0", () => {
  const { nodes } = poolAnswer.parse({
    id: 7,
    type: "g6-standard-2",
    count: 1,
    nodes: [{ id: "7-a", instance_id: null, status: "not_ready" }],
    autoscaler: { enabled: false, min: 1, max: 1 },
  });
  assert.deepEqual(nodes, [{ id: "7-a", instanceId: 0, status: "not_ready" }]);
});

test("The end of a Linode that never was is not waited for, that of any other is", async (context) => {
  const account = await LinodeAccount.open(context);
  const settings = readSettings({}, { LINODE_TOKEN: TOKEN, LINODE_URL: account.url });
  const interrupt = new AbortController();
  const client = new LinodeClient(settings);
  await nodesDeleted({ client, signal: interrupt.signal }, [0]);

  const report = (): void => {
    interrupt.abort(new Error("still waiting"));
  };
  await assert.rejects(nodesDeleted({ client, signal: interrupt.signal, report }, [0, 5]), /still waiting/);
});
