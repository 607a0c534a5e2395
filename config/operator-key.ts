/**
 * Converts an operator's armoured PGP public key to the form that Vault takes: base64 of its binary form.
 * @throws Error if nothing can be encrypted to it. Vault would notice that only when it hands the shares over, at the
 * very end of its bootstrap.
 */
export async function encodeOperatorKey(armoredKey: string): Promise<string> {
  // Most of what the program loads is needed at each preview; this library is not, where Vault is somebody else's.
  const { readKey } = await import("openpgp");
  const key = await readKey({ armoredKey });
  if (key.isPrivate()) {
    throw new Error("it is a private key, which must not be here");
  }
  await key.getEncryptionKey();
  return Buffer.from(key.write()).toString("base64");
}
