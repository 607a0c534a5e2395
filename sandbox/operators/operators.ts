import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { generateKey, readPrivateKey, type PrivateKey } from "openpgp";
import { writeWhole } from "../state/whole-file.ts";

/** Someone who holds a share of Vault's key. */
export interface Operator {
  readonly name: string;
  /** Armoured public PGP key. */
  readonly publicKey: string;
}

/** How many of the sandbox's operators together open a Vault. */
export const operatorThreshold = 2;

/** Whom the sandbox makes keys for. */
const operatorNames = ["alice", "bob", "carol"] as const;

/**
 * The operators of a sandbox. Their keys are made once and kept, as Vault's key shares are encrypted to them.
 * @param folder Absolute path of the folder of the private keys: `<name>.asc` each, armoured, readable by the owner only.
 * They have no passphrase, which is for a sandbox only: nobody is there to type it. It is made if need be.
 * @throws Error if a key that was made before can't be read any more.
 */
export async function ensureOperators(folder: string): Promise<Operator[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return Promise.all(
    operatorNames.map(async (name) => {
      const file = join(folder, `${name}.asc`);
      const key = (await readKey(file, name)) ?? (await makeKey(file, name));
      return { name, publicKey: key.toPublic().armor() };
    }),
  );
}

async function readKey(file: string, name: string): Promise<PrivateKey | undefined> {
  try {
    return await readPrivateKey({ armoredKey: await readFile(file, "utf8") });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw new Error(
      `the private key of the operator ${name} in ${file} can't be read, and a new one opens no Vault of this sandbox; ` +
        "put the file back, or run `make sandbox-down` and start anew",
      { cause: error },
    );
  }
}

/** Makes a key for signatures with a subkey for encryption, of the kind that gpg makes by default. */
async function makeKey(file: string, name: string): Promise<PrivateKey> {
  const { privateKey } = await generateKey({
    type: "ecc",
    curve: "curve25519Legacy",
    userIDs: [{ name, email: `${name}@sandbox.invalid` }],
    format: "object",
  });
  // Half a key would look like a lost one.
  writeWhole(file, privateKey.armor());
  return privateKey;
}
