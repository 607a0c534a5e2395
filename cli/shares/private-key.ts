import { readFile } from "node:fs/promises";

import { decrypt, decryptKey, readMessage, readPrivateKey, type PrivateKey } from "openpgp";

import type { EncryptedShare } from "../../components/vault/bootstrap/journal.ts";
import { actionNeeded, reasonOf } from "../failure.ts";
import type { Terminal } from "../terminal.ts";
import { parseShare } from "./share.ts";

/**
 * Decrypts the shares that belong to an operator's private key.
 * @param file Armoured private key; its passphrase is asked for if it has one.
 * @throws Failure if the key can't be used, or no share was encrypted to it.
 */
export async function decryptShares(
  file: string,
  encrypted: readonly EncryptedShare[],
  terminal: Terminal,
): Promise<string[]> {
  const key = await readKeyFile(file);
  const fingerprint = key.getFingerprint();
  const own = encrypted.filter((share) => share.fingerprint.toLowerCase() === fingerprint);
  if (own.length === 0) {
    const others = encrypted.map((share) => share.fingerprint).join(", ");
    throw actionNeeded(
      `no key share was encrypted to ${file}, whose fingerprint is ${fingerprint}; there are shares for ${others}. ` +
        "Use the private key of one of these operators.",
    );
  }
  const unlocked = await unlock(key, file, terminal);
  return Promise.all(own.map((share) => decryptShare(share, unlocked, file)));
}

async function readKeyFile(file: string): Promise<PrivateKey> {
  try {
    return await readPrivateKey({ armoredKey: await readFile(file, "utf8") });
  } catch (error) {
    throw actionNeeded(
      `${file} can't be read as an armoured PGP private key (${reasonOf(error)}). ` +
        "Export it with `gpg --armor --export-secret-keys <address>`.",
    );
  }
}

async function unlock(key: PrivateKey, file: string, terminal: Terminal): Promise<PrivateKey> {
  if (key.isDecrypted()) {
    return key;
  }
  if (!terminal.interactive) {
    throw actionNeeded(
      `${file} needs its passphrase, and there is no terminal to ask on. ` +
        "Run it on a terminal, or decrypt the share with gpg and give it on stdin.",
    );
  }
  const passphrase = await terminal.askSecret(`Passphrase of ${file}`);
  try {
    return await decryptKey({ privateKey: key, passphrase });
  } catch {
    throw actionNeeded(`that is not the passphrase of ${file}. Run the command again.`);
  }
}

async function decryptShare({ ciphertext }: EncryptedShare, key: PrivateKey, file: string): Promise<string> {
  const origin = `the share for ${file}`;
  let plain: string;
  try {
    const message = await readMessage({ binaryMessage: Buffer.from(ciphertext, "base64") });
    plain = String((await decrypt({ message, decryptionKeys: key })).data);
  } catch (error) {
    throw actionNeeded(
      `${origin} can't be decrypted (${reasonOf(error)}). Export the private key again, with its encryption subkey.`,
    );
  }
  return parseShare(plain, origin);
}
