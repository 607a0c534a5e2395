import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { createMessage, encrypt, generateKey, readKey } from "openpgp";

import { readOperators } from "../../../../cli/shares/operator-key.ts";
import { decryptShares } from "../../../../cli/shares/private-key.ts";
import type { EncryptedShare } from "../../../../components/vault/bootstrap/journal.ts";
import { silentTerminal } from "../../../support/terminal.ts";

const share = "0f".repeat(33);
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfed-keys-"));
});

after(async () => {
  await rm(folder, { recursive: true });
});

/** Makes a key pair in files of the folder. */
async function makeKey(
  name: string,
  passphrase?: string,
): Promise<{ share: EncryptedShare; fingerprint: string }> {
  const pair = await generateKey({ userIDs: [{ name }], passphrase });
  await writeFile(join(folder, `${name}.asc`), pair.publicKey);
  await writeFile(join(folder, `${name}.key`), pair.privateKey);
  const encryptionKeys = await readKey({ armoredKey: pair.publicKey });
  const message = await createMessage({ text: share });
  const options = { message, encryptionKeys, format: "binary" } as const;
  const ciphertext = Buffer.from(await (encrypt(options) as Promise<Uint8Array>)).toString("base64");
  const fingerprint = encryptionKeys.getFingerprint();
  return { fingerprint, share: { fingerprint, ciphertext } };
}

describe("an operator's private key", () => {
  it("decrypts the share that was encrypted to it, and no other", async () => {
    const alice = await makeKey("alice");
    const bob = await makeKey("bob");
    const shares = await decryptShares(
      join(folder, "alice.key"),
      [bob.share, alice.share],
      silentTerminal({}),
    );
    assert.deepEqual(shares, [share]);
  });

  it("is opened with its passphrase, which is asked for", async () => {
    const carol = await makeKey("carol", "open sesame");
    const terminal = silentTerminal({ secrets: ["open sesame"] });
    assert.deepEqual(await decryptShares(join(folder, "carol.key"), [carol.share], terminal), [share]);
    assert.deepEqual(terminal.questions, [`Passphrase of ${join(folder, "carol.key")}`]);
  });

  it("is refused with a wrong passphrase, which is not repeated", async () => {
    const dave = await makeKey("dave", "open sesame");
    await assert.rejects(
      decryptShares(join(folder, "dave.key"), [dave.share], silentTerminal({ secrets: ["open barley"] })),
      (error: Error) =>
        /is not the passphrase of .*dave\.key/.test(error.message) && !error.message.includes("barley"),
    );
  });

  it("is refused where its passphrase can't be asked for", async () => {
    const erin = await makeKey("erin", "open sesame");
    await assert.rejects(
      decryptShares(join(folder, "erin.key"), [erin.share], silentTerminal({})),
      /there is no terminal to ask on/,
    );
  });

  it("is refused where no share was encrypted to it, with the fingerprints of those that have one", async () => {
    const frank = await makeKey("frank");
    const { fingerprint } = await makeKey("grace");
    await assert.rejects(
      decryptShares(join(folder, "grace.key"), [frank.share], silentTerminal({})),
      new RegExp(`fingerprint is ${fingerprint}; there are shares for ${frank.fingerprint}`),
    );
  });

  it("is refused where a public key was given in its place", async () => {
    const heidi = await makeKey("heidi");
    await assert.rejects(
      decryptShares(join(folder, "heidi.asc"), [heidi.share], silentTerminal({})),
      /heidi\.asc can't be read as an armoured PGP private key.*gpg --armor --export-secret-keys/,
    );
  });
});

describe("the operators' public keys", () => {
  it("are read from files and folders, in the order of their names", async () => {
    const keys = join(folder, "operators");
    const { mkdir, rename } = await import("node:fs/promises");
    await mkdir(keys);
    const fingerprints: string[] = [];
    for (const name of ["ivan", "judy"]) {
      fingerprints.push((await makeKey(name)).fingerprint);
      await rename(join(folder, `${name}.asc`), join(keys, `${name}.asc`));
    }
    await writeFile(join(keys, "README.md"), "not a key");
    const operators = await readOperators([keys]);
    assert.deepEqual(
      operators.map(({ name, fingerprint }) => [name, fingerprint]),
      [
        ["ivan", fingerprints[0]],
        ["judy", fingerprints[1]],
      ],
    );
    const read = await readKey({ binaryKey: Buffer.from(operators[0]?.binary ?? "", "base64") });
    assert.equal(read.getFingerprint(), fingerprints[0]);
  });

  it("are refused where nothing can be encrypted to one", async () => {
    const { publicKey } = await generateKey({ userIDs: [{ name: "mallory" }], subkeys: [] });
    await writeFile(join(folder, "mallory.asc"), publicKey);
    await assert.rejects(
      readOperators([join(folder, "mallory.asc")]),
      /no share can be encrypted to the key in .*mallory\.asc/,
    );
  });

  it("are refused where one is a private key, of which nothing is shown", async () => {
    await makeKey("nina");
    await assert.rejects(
      readOperators([join(folder, "nina.key")]),
      (error: Error) => error.message.includes("it is a private key") && !error.message.includes("BEGIN PGP"),
    );
  });

  it("are refused where one is given twice", async () => {
    await makeKey("olivia");
    const file = join(folder, "olivia.asc");
    await assert.rejects(readOperators([file, file]), /olivia\.asc holds a key that another file holds too/);
  });

  it("are refused where a file does not exist", async () => {
    await assert.rejects(
      readOperators([join(folder, "nobody.asc")]),
      /the operators' keys can't be read: ENOENT/,
    );
  });
});
