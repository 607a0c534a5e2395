import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Failure } from "../../../../cli/failure.ts";
import { keysOf, readValues } from "../../../../cli/secrets/values.ts";
import { silentTerminal } from "../../../support/terminal.ts";

/** The failure that something ends with, which must not quote a value. */
function failure(exitCode: number, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Failure);
    assert.equal(error.exitCode, exitCode);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  };
}

describe("the keys of a command", () => {
  it("are those before =-", () => {
    assert.deepEqual(keysOf(["tls.crt=-", "tls.key=-"]), ["tls.crt", "tls.key"]);
    assert.deepEqual(keysOf([]), []);
  });

  for (const [title, argument, message] of [
    ["a value", "password=hunter2", /the value of password was not "-".*Write password=-/],
    ["a value that begins like none", "password=-hunter2", /the value of password was not "-"/],
    ["a value with an equals sign", "password=-=hunter2", /the value of password was not "-"/],
    ["nothing after the key", "password", /the value of password was not "-"/],
    ["no key", "=-", /a key has 1 to 100 letters/],
    ["a key that Kubernetes refuses", "pass word=hunter2", /a key has 1 to 100 letters/],
    ["the register's own count", "revision=-", /the key revision has a meaning of its own/],
    ["the register's own mark", "deleted=-", /the key deleted has a meaning of its own/],
  ] as const) {
    it(`may not have ${title}, and it is not said again`, () => {
      assert.throws(() => keysOf([argument]), failure(64, message));
    });
  }

  it("may not be named twice", () => {
    assert.throws(() => keysOf(["a=-", "a=-"]), failure(64, /the key a was named twice/));
  });
});

describe("the values of keys", () => {
  it("are asked for twice each, where there is somebody to ask", async () => {
    const terminal = silentTerminal({ secrets: ["one", "one", "two", "two"] });
    assert.deepEqual(await readValues(["a", "b"], terminal), { a: "one", b: "two" });
    assert.deepEqual(terminal.questions, [
      "a (a value of several lines: by stdin)",
      "a again",
      "b (a value of several lines: by stdin)",
      "b again",
    ]);
  });

  it("must be the same both times", async () => {
    const terminal = silentTerminal({ secrets: ["hunter2", "hunter22"] });
    await assert.rejects(readValues(["a"], terminal), failure(1, /the two values of a differ/));
  });

  it("are all of stdin but a last line break, where there is one key", async () => {
    const certificate = "-----BEGIN-----\n  x\n\n-----END-----\n";
    assert.deepEqual(await readValues(["a"], silentTerminal({ text: `${certificate}\n` })), {
      a: certificate,
    });
    assert.deepEqual(await readValues(["a"], silentTerminal({ text: "x\r\n" })), { a: "x" });
  });

  it("are a JSON object on stdin, where there are several", async () => {
    const text = JSON.stringify({ b: "2\n", a: "1" });
    assert.deepEqual(await readValues(["a", "b"], silentTerminal({ text })), { a: "1", b: "2\n" });
  });

  for (const [title, text] of [
    ["no JSON", "hunter2"],
    ["another key", `{"a":"hunter2","c":"hunter2"}`],
    ["a key too many", `{"a":"hunter2","b":"hunter2","c":""}`],
    ["a key too few", `{"a":"hunter2"}`],
    ["a number", `{"a":"hunter2","b":2}`],
    ["a list", `["hunter2"]`],
    ["nothing", "null"],
  ] as const) {
    it(`may not be ${title} then, and nothing of it is said`, async () => {
      await assert.rejects(
        readValues(["a", "b"], silentTerminal({ text })),
        failure(1, /stdin is no JSON object with a text for each of a, b/),
      );
    });
  }

  it("may not be empty", async () => {
    await assert.rejects(
      readValues(["a"], silentTerminal({ text: "\n" })),
      failure(1, /there is no value for a/),
    );
  });
});
