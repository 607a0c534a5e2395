import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { processIdentity } from "../../../tools/process.ts";
import { ProcessLock } from "../../../tools/process-lock.ts";
import { temporaryFolder } from "./support.ts";

const module = new URL("../../../tools/process-lock.ts", import.meta.url).href;

/** A process that tries to take a lock once at each line that it reads, says whether it has it, and keeps it. */
function contender(context: TestContext, file: string): ChildProcess {
  const script = `
    import { createInterface } from "node:readline";
    import { ProcessLock } from ${JSON.stringify(module)};
    for await (const line of createInterface({ input: process.stdin })) {
      console.log((await new ProcessLock(${JSON.stringify(file)}).take(line)) === undefined ? "taken" : "refused");
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  context.after(() => child.kill("SIGKILL"));
  return child;
}

async function answer({ stdin, stdout }: ChildProcess): Promise<unknown> {
  assert.ok(stdin !== null && stdout !== null);
  const lines = createInterface({ input: stdout });
  stdin.write("up\n");
  const [line] = (await once(lines, "line")) as unknown[];
  lines.close();
  return line;
}

async function lockFile(context: TestContext): Promise<{ folder: string; file: string; lock: ProcessLock }> {
  const folder = await temporaryFolder(context);
  const file = join(folder, "lock.json");
  return { folder, file, lock: new ProcessLock(file) };
}

test("A lock is had by one, who can be told from it, until he gives it back", async (context) => {
  const { folder, file, lock } = await lockFile(context);
  assert.equal(await lock.take("up"), undefined);
  const self = processIdentity(process.pid);
  assert.deepEqual(await new ProcessLock(file).take("down"), { ...self, purpose: "up" });
  assert.deepEqual(await readdir(folder), ["lock.json"]);
  await lock.release();
  assert.deepEqual(await readdir(folder), []);
  assert.equal(await new ProcessLock(file).take("down"), undefined);
});

test("The lock of somebody else is not given back", async (context) => {
  const { file, lock } = await lockFile(context);
  const text = JSON.stringify({ pid: process.ppid, startTime: "1", purpose: "up" });
  await writeFile(file, text);
  await lock.release();
  assert.equal(await readFile(file, "utf8"), text);
});

test("A lock whose owner's number another process has is taken over", async (context) => {
  const { file, lock } = await lockFile(context);
  const self = processIdentity(process.pid);
  await writeFile(file, JSON.stringify({ ...self, startTime: "1", purpose: "up" }));
  assert.equal(await lock.take("down"), undefined);
});

for (const text of ["", "{", '{"process":{"pid":1,"startTime":"1"},"command":"up"}']) {
  test(`A lock that holds ${text === "" ? "nothing" : text} is taken over`, async (context) => {
    const { folder, file, lock } = await lockFile(context);
    await writeFile(file, text);
    assert.equal(await lock.take("down"), undefined);
    assert.deepEqual(await readdir(folder), ["lock.json"]);
  });
}

test("A lock whose owner was killed, and the next one while taking it over, is taken over", async (context) => {
  const { folder, file, lock } = await lockFile(context);
  await writeFile(file, JSON.stringify({ pid: process.pid, startTime: "1", purpose: "up" }));
  await writeFile(`${file}.${process.pid}-1`, JSON.stringify({ pid: process.pid, startTime: "2" }));
  assert.equal(await lock.take("down"), undefined);
  assert.deepEqual(await readdir(folder), ["lock.json"]);
});

test("Of many that want the lock of a killed process at once, one gets it, again and again", async (context) => {
  const { file } = await lockFile(context);
  const contenders = Array.from({ length: 4 }, () => contender(context, file));
  for (let round = 1; round <= 25; round++) {
    await writeFile(file, JSON.stringify({ pid: process.pid, startTime: String(round), purpose: "up" }));
    const answers = await Promise.all(contenders.map(answer));
    assert.deepEqual(answers.toSorted(), ["refused", "refused", "refused", "taken"]);
  }
});
