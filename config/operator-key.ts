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
  await key.getEncryptionKey().catch((error: unknown) => {
    throw error instanceof Error && error.message.endsWith("is expired")
      ? new Error(`${error.message}. ${extension(key.getFingerprint())}`, { cause: error })
      : error;
  });
  return Buffer.from(key.write()).toString("base64");
}

function extension(fingerprint: string): string {
  return (
    `Its owner makes it last longer (gpg --quick-set-expire ${fingerprint} 2y && gpg --quick-set-expire ${fingerprint} 2y '*') ` +
    "and exports it again. It stays the same key, so no re-key is needed"
  );
}

/** Fingerprint (lower-case hex, as Vault writes it) of an operator's public key, given as {@link encodeOperatorKey} returns it. */
export async function operatorFingerprint(binaryKey: string): Promise<string> {
  const { readKey } = await import("openpgp");
  return (await readKey({ binaryKey: Buffer.from(binaryKey, "base64") })).getFingerprint();
}
