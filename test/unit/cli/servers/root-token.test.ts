import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { decodeToken } from "../../../../cli/servers/root-token.ts";

describe("an encoded root token", () => {
  const token = "hvs.AbCdEfGhIjKlMnOpQrStUvWx";
  const oneTimePassword = "0123456789abcdefghijklmnopqr";
  const encoded = Buffer.from(
    Buffer.from(token).map((byte, index) => byte ^ oneTimePassword.charCodeAt(index)),
  ).toString("base64");

  it("is read with the one-time password of its ceremony, with or without padding", () => {
    assert.equal(decodeToken(encoded, oneTimePassword), token);
    assert.equal(decodeToken(encoded.replace(/=+$/, ""), oneTimePassword), token);
  });

  it("is refused with another one-time password", () => {
    assert.throws(() => decodeToken(encoded, "~".repeat(28)), /don't belong together/);
    assert.throws(() => decodeToken(encoded, oneTimePassword.slice(1)), /don't belong together/);
    assert.throws(() => decodeToken("", oneTimePassword), /don't belong together/);
  });
});
