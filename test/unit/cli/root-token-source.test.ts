import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";

import { readRootToken } from "../../../cli/commands/root-token-source.ts";
import { silentTerminal } from "../../support/terminal.ts";

describe("A root token", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "vfed-root-token-"));
    delete process.env.VAULT_TOKEN;
  });
  afterEach(async () => {
    delete process.env.VAULT_TOKEN;
    await rm(folder, { recursive: true });
  });

  it("comes from a file, whatever the environment has", async () => {
    const file = join(folder, "root-token");
    await writeFile(file, "of-the-file\n");
    process.env.VAULT_TOKEN = "of-the-environment";
    assert.equal(await readRootToken(file, silentTerminal({})), "of-the-file");
  });

  it("comes from the environment where there is no file, and nobody is asked", async () => {
    process.env.VAULT_TOKEN = "of-the-environment";
    assert.equal(await readRootToken(undefined, silentTerminal({})), "of-the-environment");
  });

  it("is asked for, or read from stdin, where there is neither", async () => {
    const terminal = silentTerminal({ secrets: [" typed "] });
    assert.equal(await readRootToken(undefined, terminal), "typed");
    assert.deepEqual(terminal.questions, ["Root token"]);
    assert.equal(await readRootToken(undefined, silentTerminal({ lines: ["piped"] })), "piped");
  });

  it("is missed where the answer is empty, or the file can't be read", async () => {
    await assert.rejects(readRootToken(undefined, silentTerminal({ lines: [] })), {
      exitCode: 1,
      message: "no token was given. Name its file with --file, or type it when asked.",
    });
    await assert.rejects(readRootToken(join(folder, "absent"), silentTerminal({})), {
      exitCode: 1,
      message: /^the token can't be read: ENOENT: .*\. Name the file that --out made\.$/,
    });
  });
});
