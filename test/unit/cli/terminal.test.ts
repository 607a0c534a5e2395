import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { describe, it } from "node:test";

import { terminalOf } from "../../../cli/terminal.ts";
import { eventually } from "../../support/eventually.ts";

/** Streams that remember what was written to them. */
function streams(isTTY: boolean) {
  const written = { stdout: "", stderr: "" };
  const remembering = (name: keyof typeof written) =>
    Object.assign(
      new Writable({
        write: (part: Buffer, _, done) => {
          written[name] += part.toString("utf8");
          done();
        },
      }),
      { isTTY },
    );
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const terminal = terminalOf({ stdin, stdout: remembering("stdout"), stderr: remembering("stderr") });
  return { stdin, terminal, written };
}

describe("A terminal", () => {
  it("answers a secret as it was typed, spaces included, and shows it nowhere", async () => {
    const { stdin, terminal, written } = streams(true);
    assert.equal(terminal.interactive, true);
    const answer = terminal.askSecret("Passphrase");
    // What is typed before there is a question is no answer.
    await eventually(() => {
      assert.match(written.stderr, /Passphrase/);
      return Promise.resolve();
    }, 10);
    stdin.write(" a passphrase \n");
    assert.equal(await answer, " a passphrase ");
    assert.equal(written.stdout, "");
    assert.doesNotMatch(written.stderr, /a pass/);
  });

  it("that is none gives stdin as it is, or its lines without the spaces around them", async () => {
    const { stdin, terminal } = streams(false);
    stdin.end(" a text \n\n");
    assert.equal(terminal.interactive, false);
    assert.equal(await terminal.readText(), " a text \n\n");
    const other = streams(false);
    other.stdin.end(" one \r\n\n two\n");
    assert.deepEqual(await other.terminal.readLines(), ["one", "two"]);
  });

  it("puts results on stdout alone, and what is being done on stderr", () => {
    const { terminal, written } = streams(false);
    terminal.report("doing");
    terminal.result("done");
    assert.deepEqual(written, { stdout: "done\n", stderr: "doing\n" });
  });
});
