import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";

import { judgeCertificate } from "../../../../cli/status/certificate.ts";
import { certifyKey } from "../../../../sandbox/test/support/certificates.ts";

const names = ["DNS:vault", "DNS:*.vault-internal", "IP:127.0.0.1"];
const hour = 3_600_000;

function makeCertificate(): X509Certificate {
  return new X509Certificate(certifyKey({ commonName: "vault", names }).certificate);
}

describe("the certificate that the servers show", () => {
  it("is fine where all show the Secret's, in good time, with all names", () => {
    const stored = makeCertificate();
    const served = new Map([["vault-0", stored]]);
    const status = judgeCertificate(stored, served, ["vault", "127.0.0.1"], stored.validFromDate.getTime());
    assert.deepEqual(status, {
      expires: stored.validToDate.toISOString(),
      names: ["vault", "*.vault-internal", "127.0.0.1"],
      missingNames: [],
      stale: [],
      overdue: false,
    });
  });

  it("is stale where a server still shows an earlier one", () => {
    const stored = makeCertificate();
    const served = new Map([
      ["vault-0", stored],
      ["vault-1", makeCertificate()],
    ]);
    assert.deepEqual(judgeCertificate(stored, served, [], 0).stale, ["vault-1"]);
  });

  it("lacks names that it does not have", () => {
    const stored = makeCertificate();
    assert.deepEqual(
      judgeCertificate(stored, new Map(), ["vault", "vault.vault", "198.51.100.7"], 0).missingNames,
      ["vault.vault", "198.51.100.7"],
    );
  });

  it("is overdue when less than a sixth of its life is left", () => {
    const stored = makeCertificate();
    const end = stored.validToDate.getTime();
    assert.equal(judgeCertificate(stored, new Map(), [], end - 4 * hour).overdue, false);
    assert.equal(judgeCertificate(stored, new Map(), [], end - 4 * hour + 1).overdue, true);
    assert.equal(judgeCertificate(stored, new Map(), [], end + hour).overdue, true);
  });
});
