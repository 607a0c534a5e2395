import assert from "node:assert/strict";
import { test } from "node:test";
import { requireSpace, type FileSystemProbe } from "../../../tools/disk.ts";

/** A machine on which /tmp has 100 MiB free and everything else 1 GiB; records which folders it was asked for. */
function probe(asked: string[]): FileSystemProbe {
  return (path) => {
    asked.push(path);
    return Promise.resolve({ bavail: path === "/tmp" ? 25_600 : 262_144, bsize: 4096 });
  };
}

test("enough room everywhere is no error", async () => {
  const asked: string[] = [];
  await requireSpace(["/tmp", "/"], 100, "to build etcd", probe(asked));
  assert.deepEqual(asked, ["/tmp", "/"]);
});

test("too little room on one file system names the folder, the room, the need and the remedy", async () => {
  await assert.rejects(requireSpace(["/", "/tmp"], 101, "to build etcd", probe([])), {
    name: "ToolError",
    message:
      "The file system of /tmp has 100 MiB free; 101 MiB are needed to build etcd. " +
      "Free some space there, or point XDG_CACHE_HOME, GOCACHE and GOMODCACHE to a larger file system.",
  });
});

test("a folder that doesn't exist yet lies on the file system of its nearest parent", async () => {
  const asked: string[] = [];
  await requireSpace(["/tmp/does/not/exist"], 1, "to build etcd", probe(asked));
  assert.deepEqual(asked, ["/tmp"]);
});

test("without a probe the real file system is asked", async () => {
  await requireSpace(["/"], 0, "to build nothing");
  await assert.rejects(requireSpace(["/"], 2 ** 50, "to build everything"), { name: "ToolError" });
});
