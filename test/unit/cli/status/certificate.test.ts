import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";

import { judgeCertificate } from "../../../../cli/status/certificate.ts";
import { renewalTime } from "../../../../components/certificates/renewal-time.ts";
import { certifyKey } from "../../../../sandbox/test/support/certificates.ts";

const names = ["DNS:vault", "DNS:*.vault-internal", "IP:127.0.0.1"];
const hour = 3_600_000;

const issuer = certifyKey({ commonName: "root" });
const root = new X509Certificate(issuer.certificate);

function makeCertificate(): X509Certificate {
  return new X509Certificate(certifyKey({ commonName: "vault", names, issuer }).certificate);
}

describe("the certificate that the servers show", () => {
  it("is fine where all show the Secret's, in good time, with all names", () => {
    const stored = makeCertificate();
    const served = new Map([["vault-0", stored]]);
    const status = judgeCertificate(
      stored,
      root,
      served,
      ["vault", "127.0.0.1"],
      stored.validFromDate.getTime(),
    );
    assert.deepEqual(status, {
      expires: stored.validToDate.toISOString(),
      names: ["vault", "*.vault-internal", "127.0.0.1"],
      missingNames: [],
      stale: [],
      overdue: false,
      root: { expires: root.validToDate.toISOString(), due: false, foreign: false },
    });
  });

  it("is stale where a server still shows an earlier one", () => {
    const stored = makeCertificate();
    const served = new Map([
      ["vault-0", stored],
      ["vault-1", makeCertificate()],
    ]);
    assert.deepEqual(judgeCertificate(stored, root, served, [], 0).stale, ["vault-1"]);
  });

  it("lacks names that it does not have", () => {
    const stored = makeCertificate();
    assert.deepEqual(
      judgeCertificate(stored, root, new Map(), ["vault", "vault.vault", "198.51.100.7"], 0).missingNames,
      ["vault.vault", "198.51.100.7"],
    );
  });

  it("is overdue when less than a sixth of its life is left", () => {
    const stored = makeCertificate();
    const end = stored.validToDate.getTime();
    assert.equal(judgeCertificate(stored, root, new Map(), [], end - 4 * hour).overdue, false);
    assert.equal(judgeCertificate(stored, root, new Map(), [], end - 4 * hour + 1).overdue, true);
    assert.equal(judgeCertificate(stored, root, new Map(), [], end + hour).overdue, true);
  });

  it("has a root that should have a successor when two thirds of its life are over", () => {
    const due = renewalTime(root);
    assert.equal(judgeCertificate(makeCertificate(), root, new Map(), [], due - 1).root.due, false);
    assert.equal(judgeCertificate(makeCertificate(), root, new Map(), [], due).root.due, true);
  });

  it("does not descend from a root of the same name with another key", () => {
    const other = new X509Certificate(certifyKey({ commonName: "root" }).certificate);
    assert.equal(judgeCertificate(makeCertificate(), other, new Map(), [], 0).root.foreign, true);
  });
});
