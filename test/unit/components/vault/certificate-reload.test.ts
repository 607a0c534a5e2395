import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import { reloadScript } from "../../../../components/vault/certificate-reload.ts";

const run = promisify(execFile);

describe("The container that tells Vault of a renewed certificate", () => {
  const vault = createServer();
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "certificate-reload-"));
    await once(vault.listen(0, "127.0.0.1"), "listening");
  });
  after(async () => {
    vault.close();
    await rm(folder, { recursive: true });
  });

  /**
   * Runs the script to its end, which comes after as many looks as there are steps. Each step is a shell command in place
   * of the wait before the look; the answer is what was sent to Vault, with the certificate of that moment.
   */
  async function told(port: number, ...steps: readonly string[]): Promise<string[]> {
    const programs = join(folder, "bin");
    const certificate = join(folder, "tls.crt");
    const log = join(folder, "log");
    await mkdir(programs, { recursive: true });
    await writeFile(certificate, "first");
    await writeFile(join(folder, "looks"), "");
    await writeFile(log, "");
    const cases = steps.map((step, index) => `${index + 1}) ${step} ;;`).join("\n");
    const scripts = {
      sleep: `cd ${folder}\nprintf x >>looks\ncase $(wc -c <looks) in\n${cases}\n*) exit 1 ;;\nesac`,
      pkill: `echo "$* $(cat ${certificate})" >>${log}\n! rm ${folder}/deaf 2>/dev/null`,
    };
    for (const [name, script] of Object.entries(scripts)) {
      await writeFile(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const env = { PATH: `${programs}:/usr/bin:/bin` };
    await run("/bin/sh", ["-c", reloadScript({ certificate, port })], { env });
    return (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
  }

  const port = () => (vault.address() as AddressInfo).port;

  it("does so when it starts, as it does not know which one Vault has read, and then leaves Vault alone", async () => {
    assert.deepEqual(await told(port(), ":", ":", ":"), ["-HUP -f ^vault server  first"]);
  });

  it("does so once for each renewal", async () => {
    assert.deepEqual(await told(port(), ":", "printf second >tls.crt", ":", "printf third >tls.crt", ":"), [
      "-HUP -f ^vault server  first",
      "-HUP -f ^vault server  second",
      "-HUP -f ^vault server  third",
    ]);
  });

  it("does so again where the signal reached nobody", async () => {
    assert.deepEqual(await told(port(), "touch deaf", ":", ":"), [
      "-HUP -f ^vault server  first",
      "-HUP -f ^vault server  first",
    ]);
  });

  it("sends nothing to a Vault that does not listen yet, which the signal could end", async () => {
    const idle = createServer();
    await once(idle.listen(0, "127.0.0.1"), "listening");
    const { port: closed } = idle.address() as AddressInfo;
    await once(idle.close(), "close");
    assert.deepEqual(await told(closed, ":", ":"), []);
  });
});
