import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { defaultCacheFolder, ToolCache } from "../../../tools/cache.ts";
import { isRunning, processIdentity } from "../../../tools/process.ts";
import { temporaryFolder } from "./support.ts";

const never = new AbortController().signal;

/** Lets another process do something with a cache and kills it at once, as `kill -9` would. */
async function killedProcess(cacheFolder: string, action: string): Promise<string> {
  const module = new URL("../../../tools/cache.ts", import.meta.url).href;
  const script = `
    const { ToolCache } = await import(${JSON.stringify(module)});
    const cache = new ToolCache(${JSON.stringify(cacheFolder)});
    const never = new AbortController().signal;
    ${action}
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = (await once(child.stdout, "data")) as [Buffer];
  child.kill("SIGKILL");
  await once(child, "close");
  return output.toString().trim();
}

test("the temporary folder of a killed process is removed, and that of a running one stays", async (context) => {
  const folder = await temporaryFolder(context);
  const cache = new ToolCache(folder);
  const own = await cache.temporaryFolder();
  const abandoned = await killedProcess(folder, "console.log(await cache.temporaryFolder());");
  assert.ok((await stat(abandoned)).isDirectory());
  await cache.removeAbandoned();
  assert.deepEqual(await readdir(dirname(own)), [own.slice(own.lastIndexOf("/") + 1)]);
});

test("the lock of a killed process doesn't hold up anyone", async (context) => {
  const folder = await temporaryFolder(context);
  const cache = new ToolCache(folder);
  const entry = cache.entry("etcd", "1");
  await killedProcess(
    folder,
    `cache.withLock(${JSON.stringify(entry)}, () => { console.log("locked"); return new Promise(() => {}); }, () => {}, never);`,
  );
  assert.equal(
    await cache.withLock(
      entry,
      () => Promise.resolve("done"),
      () => undefined,
      never,
    ),
    "done",
  );
});

test("of two that want to make the same entry the second waits until the first is done", async (context) => {
  const folder = await temporaryFolder(context);
  const entry = new ToolCache(folder).entry("etcd", "1");
  const events: string[] = [];
  const firstStarts = Promise.withResolvers<undefined>();
  const secondWaits = Promise.withResolvers<undefined>();
  const first = new ToolCache(folder).withLock(
    entry,
    async () => {
      events.push("first starts");
      firstStarts.resolve(undefined);
      await secondWaits.promise;
      events.push("first ends");
    },
    () => assert.fail("nobody else had the lock"),
    never,
  );
  await firstStarts.promise;
  const second = new ToolCache(folder).withLock(
    entry,
    () => {
      events.push("second starts");
      return Promise.resolve();
    },
    () => {
      events.push("second waits");
      secondWaits.resolve(undefined);
    },
    never,
  );
  await Promise.all([first, second]);
  assert.deepEqual(events, ["first starts", "second waits", "first ends", "second starts"]);
});

test("waiting for a lock ends when the run is aborted, and the lock stays with its owner", async (context) => {
  const cache = new ToolCache(await temporaryFolder(context));
  const entry = cache.entry("etcd", "1");
  const abort = new AbortController();
  await cache.withLock(
    entry,
    async () => {
      const waiting = cache.withLock(
        entry,
        () => assert.fail("got the lock"),
        () => {
          abort.abort();
        },
        abort.signal,
      );
      await assert.rejects(waiting, { name: "AbortError" });
    },
    () => undefined,
    never,
  );
});

test("a published folder replaces the entry as a whole and leaves nothing else", async (context) => {
  const cache = new ToolCache(await temporaryFolder(context));
  const entry = cache.entry("etcd", "1");
  await mkdir(entry, { recursive: true });
  await writeFile(join(entry, "old"), "");
  const temporary = await cache.temporaryFolder();
  await writeFile(join(temporary, "new"), "content");
  await cache.publish(temporary, entry);
  assert.deepEqual(await readdir(entry), ["new"]);
  assert.equal(await readFile(join(entry, "new"), "utf8"), "content");
  assert.deepEqual(await readdir(dirname(temporary)), []);
});

test("the cache is where the XDG base directories say", () => {
  assert.equal(defaultCacheFolder({ XDG_CACHE_HOME: "/somewhere" }), "/somewhere/vault-federation");
  assert.match(defaultCacheFolder({}), /\/\.cache\/vault-federation$/);
});

test("a later process with the same number is not the same process", () => {
  const self = processIdentity(process.pid);
  assert.ok(self);
  assert.ok(isRunning(self));
  assert.ok(!isRunning({ ...self, startTime: `${self.startTime}0` }));
});
