import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { readKeys, type Key } from "openpgp";

import { encodeOperatorKey } from "../../config/operator-key.ts";
import { actionNeeded, reasonOf } from "../failure.ts";
import type { OperatorPublicKey } from "../servers/rekey.ts";

/** An operator, as the configuration names one. */
export interface Operator extends OperatorPublicKey {
  readonly name: string;
  /** Armoured public key. */
  readonly publicKey: string;
}

const keyFile = /\.(asc|gpg|pgp|pub)$/;

/**
 * Reads the operators' public keys, each of which must be able to encrypt: Vault would notice only at the very end.
 * @param paths Files with an armoured key each, or folders of such (`*.asc`, `*.gpg`, `*.pgp`, `*.pub`).
 */
export async function readOperators(paths: readonly string[]): Promise<Operator[]> {
  const files = (await Promise.all(paths.map(filesOf))).flat();
  const operators = await Promise.all(files.map(readOperator));
  const fingerprints = operators.map(({ fingerprint }) => fingerprint);
  const repeated = files.filter((_, index) => fingerprints.indexOf(fingerprints[index] ?? "") !== index);
  if (repeated.length > 0) {
    throw actionNeeded(
      `${repeated.join(", ")} holds a key that another file holds too. Name each operator's key once: each gets one share.`,
    );
  }
  return operators;
}

async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) {
      return [path];
    }
    const names = (await readdir(path)).filter((name) => keyFile.test(name)).sort();
    return names.map((name) => join(path, name));
  } catch (error) {
    throw actionNeeded(
      `the operators' keys can't be read: ${reasonOf(error)}. Name files or folders that exist.`,
    );
  }
}

async function readOperator(file: string): Promise<Operator> {
  try {
    const armoredKeys = await readFile(file, "utf8");
    const keys = await readKeys({ armoredKeys });
    const [key] = keys;
    if (key === undefined || keys.length > 1) {
      throw new Error(`it holds ${keys.length} keys`);
    }
    const publicKey = armoredKeys.trim();
    const binary = await encodeOperatorKey(publicKey);
    return { name: nameOf(key), publicKey, binary, fingerprint: key.getFingerprint() };
  } catch (error) {
    throw actionNeeded(
      `no share can be encrypted to the key in ${file}: ${reasonOf(error)}. It must hold one armoured public key with an ` +
        "encryption subkey, neither expired nor revoked: gpg --armor --export <address>.",
    );
  }
}

function nameOf(key: Key): string {
  const names = key.users.flatMap(({ userID }) => [
    userID?.name ?? "",
    userID?.email ?? "",
    userID?.userID ?? "",
  ]);
  return names.find((name) => name !== "") ?? key.getFingerprint();
}
