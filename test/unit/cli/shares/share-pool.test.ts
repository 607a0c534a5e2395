import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { SharePool } from "../../../../cli/shares/share-pool.ts";
import { openShares } from "../../../../cli/shares/share-source.ts";
import { silentTerminal } from "../../../support/terminal.ts";

const [one, two, three] = ["11", "22", "33"].map((byte) => byte.repeat(33)) as [string, string, string];
const none = () => assert.fail("the encrypted shares were asked for");

describe("the shares of a run", () => {
  it("are asked for once, and only when they are needed", async () => {
    const terminal = silentTerminal({ secrets: [one, two] });
    const pool = await openShares([], none, terminal);
    assert.deepEqual(terminal.questions, []);
    assert.equal(await pool.at(0), one);
    assert.equal(await pool.at(0), one);
    assert.equal(await pool.at(1), two);
    assert.deepEqual(
      terminal.questions,
      [1, 2].map((position) => `Key share ${position} (nothing if there is no further one)`),
    );
  });

  it("end when nothing is typed, and are not asked for again", async () => {
    const terminal = silentTerminal({ secrets: [one, ""] });
    const pool = await openShares([], none, terminal);
    assert.equal(await pool.gather(3), 1);
    assert.equal(await pool.at(2), undefined);
    assert.equal(terminal.questions.length, 2);
  });

  it("come from the lines of stdin where nobody can be asked", async () => {
    const pool = await openShares([], none, silentTerminal({ lines: [one, two] }));
    assert.equal(await pool.gather(5), 2);
  });

  it("count once, however often they are given", async () => {
    const pool = SharePool.of([one, one, two, one, three]);
    assert.equal(await pool.gather(5), 3);
    assert.deepEqual([await pool.at(0), await pool.at(1), await pool.at(2)], [one, two, three]);
  });

  it("are refused by their position where one is none", async () => {
    await assert.rejects(SharePool.of([one, "x"]).gather(2), /^Error: share 2 is no key share/);
  });
});
