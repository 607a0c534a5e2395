import assert from "node:assert/strict";
import { test } from "node:test";
import { publishedDigest, Reachability } from "../../../tools/download.ts";
import { serveFiles } from "./support.ts";

const a = "a".repeat(64);
const b = "b".repeat(64);

const lists: readonly [string, string, string | undefined][] = [
  ["a bare digest", a, a],
  ["a bare digest with a line end", `${a}\n`, a],
  ["a line of sha256sum", `${a}  tool.tgz\n`, a],
  ["a line of sha256sum for a binary file", `${a} *tool.tgz\n`, a],
  ["a line with a relative path", `${a}  ./tool.tgz\n`, a],
  ["several files", `${b}  other.tgz\n${a}  tool.tgz\n`, a],
  ["upper case", `${a.toUpperCase()}  tool.tgz`, a],
  ["another file only", `${b}  other.tgz\n`, undefined],
  ["a file whose name only begins alike", `${b}  tool.tgz.sig\n`, undefined],
  ["another kind of digest", `${"a".repeat(128)}  tool.tgz\n`, undefined],
  ["a web page", "<html>Not found</html>", undefined],
  ["nothing", "", undefined],
];

for (const [name, list, expected] of lists) {
  test(`the published digest of a file in ${name} is ${expected === undefined ? "not found" : "found"}`, () => {
    assert.equal(publishedDigest(list, "tool.tgz"), expected);
  });
}

test("a publisher is asked once in a run, whatever is asked of it", async (context) => {
  const { url, asked } = await serveFiles(context, {});
  const reachability = new Reachability();
  const answers = await Promise.all([reachability.reaches(`${url}/one`), reachability.reaches(`${url}/two`)]);
  assert.deepEqual(answers, [true, true]);
  assert.deepEqual(asked, ["/"]);
});

test("a publisher that refuses the connection is not reached", async () => {
  assert.equal(await new Reachability().reaches("http://127.0.0.1:9/tool.tgz"), false);
});
