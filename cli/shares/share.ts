import { actionNeeded } from "../failure.ts";

/** A share of a key with a threshold of one is the key itself; others have one byte more. */
const shareBytes = [32, 33];

/**
 * Brings a share, which may be hex or base64, into the form in which Vault's messages can't be mistaken: hex.
 * @throws Failure that tells the length, and nothing of the content.
 */
export function parseShare(text: string, origin: string): string {
  const compact = text.trim();
  if (/^[0-9a-f]+$/i.test(compact) && shareBytes.includes(compact.length / 2)) {
    return compact.toLowerCase();
  }
  if (/^[0-9a-z+/]+={0,2}$/i.test(compact)) {
    const bytes = Buffer.from(compact, "base64");
    if (shareBytes.includes(bytes.length) && bytes.toString("base64") === compact) {
      return bytes.toString("hex");
    }
  }
  throw actionNeeded(
    `${origin} is no key share: it has ${compact.length} characters, but a share is 32 or 33 bytes, as hex or base64. ` +
      "Give one whole share, and nothing else.",
  );
}
