import assert from "node:assert/strict";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";

import { ProcessMemory } from "../../bench/process-memory.ts";
import { changesIn, peaks } from "../../bench/scale.ts";
import { Workspace } from "./support/workspace.ts";

test("The bench sees the memory of every part of a real preview, and what it would change", async (context) => {
  const workspace = await Workspace.create("random", ["@pulumi/random"]);
  context.after(() => workspace.dispose());
  await workspace.succeed("stack", "init", "dev");
  const preview = workspace.start("preview", "--stack", "dev", "--color", "never");
  assert.ok(preview.pid !== undefined && preview.stdout !== null);
  const memory = new ProcessMemory(preview.pid);
  const printed = text(preview.stdout);
  await once(preview, "close");
  const processes = memory.stop();
  const parts = peaks(processes);
  for (const [part, peak] of Object.entries(parts)) {
    // No Node and no Pulumi is smaller.
    assert.ok(peak > 20, `${part}: ${String(peak)}\n${JSON.stringify(processes, undefined, 2)}`);
  }
  assert.match(changesIn(await printed), /^\d+ to create$/);
});
