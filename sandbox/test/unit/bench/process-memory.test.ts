import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";

import { descendants, ProcessMemory } from "../../../bench/process-memory.ts";

test("All that a process has started belongs to it, in whatever order it is listed, and nothing else", () => {
  const parentOf = new Map([
    [30, 20],
    [20, 10],
    [21, 10],
    [10, 1],
    [40, 1],
  ]);
  assert.deepEqual(
    descendants(10, parentOf),
    new Map([
      [10, 1],
      [20, 10],
      [21, 10],
      [30, 20],
    ]),
  );
});

test("The most memory of a process and of its child is noted, also of what they have given back", async (context) => {
  // A shell in between, as in a launcher that does not replace itself.
  const program =
    "let block = Buffer.alloc(150 * 2 ** 20, 1); block = undefined; globalThis.gc(); console.log('ready'); process.stdin.resume()";
  const child = spawn("/bin/sh", ["-c", '"$0" --expose-gc --eval "$1"; exit 0', process.execPath, program], {
    detached: true,
  });
  const { pid } = child;
  assert.ok(pid !== undefined);
  context.after(() => {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  });
  await once(child.stdout, "data");
  const processes = new ProcessMemory(pid).stop();
  const [shell, node] = processes;
  assert.equal(processes.length, 2);
  assert.deepEqual([shell?.pid, node?.parent], [pid, pid]);
  assert.deepEqual(node?.command, [process.execPath, "--expose-gc", "--eval", program]);
  assert.ok(node.peakMiB > 150, String(node.peakMiB));
  assert.ok((shell?.peakMiB ?? 0) > 0 && (shell?.peakMiB ?? 0) < 20, String(shell?.peakMiB));
});

test("A process that is gone has used no memory that could be told", () => {
  // proc(5): no process has a number above pid_max, which is at most 2^22.
  assert.deepEqual(new ProcessMemory(2 ** 22 + 1).stop(), []);
});
