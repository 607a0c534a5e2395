import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { findDaemons } from "../../../daemon/find.ts";
import { ensureDaemon, stopDaemon } from "../../../daemon/launch.ts";
import { LinodeClient } from "../../../federation/linode-client.ts";
import { StateFolder } from "../../../state/folder.ts";
import { loadIdentity } from "../../../state/identity.ts";
import { Neighbours } from "../../../state/neighbours.ts";
import { provideCluster } from "../../support/provided-cluster.ts";

test("A background process whose port is taken says so, leaves nothing running, and serves when the port is free", async (context) => {
  const parent = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  const folder = new StateFolder(join(parent, "state"));
  context.after(async () => {
    await stopDaemon(folder);
    await rm(parent, { recursive: true });
  });
  const { path } = await provideCluster(context, parent, { minor: "36" });
  const { ports } = await loadIdentity(folder, {
    routes: [],
    neighbours: new Neighbours(join(folder.root, "sandboxes.json")),
  });
  const other = createServer().listen(ports.linodeApi, "127.0.0.1");
  await once(other, "listening");

  await assert.rejects(ensureDaemon(folder, [path]), (error: Error) => {
    assert.match(error.message, /^the sandbox's background process ended at once:\n/);
    assert.match(
      error.message,
      new RegExp(
        `error: Port ${String(ports.linodeApi)} of 127\\.0\\.0\\.1, .*"linodeApi", is held by another process\\. ` +
          `Find it with \`ss -ltnp 'sport = :${String(ports.linodeApi)}'\` and stop it, or run \`make sandbox-down\``,
      ),
    );
    return true;
  });
  assert.deepEqual(await findDaemons(folder), []);

  other.close();
  await once(other, "close");
  const record = await ensureDaemon(folder, [path]);
  assert.equal(record.linodeUrl, `http://127.0.0.1:${String(ports.linodeApi)}`);
  assert.deepEqual(await new LinodeClient(record.linodeUrl, record.linodeToken).clusters(), []);
  assert.deepEqual(await ensureDaemon(folder, [path]), record);
});
