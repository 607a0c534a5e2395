import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { judgeCertificate } from "../../../../cli/status/certificate.ts";
import { makeCertificate } from "../../../support/certificate.ts";

const names = ["DNS:vault", "DNS:*.vault-internal", "IP:127.0.0.1"];
const hour = 3_600_000;

describe("the certificate that the servers show", () => {
  it("is fine where all show the Secret's, in good time, with all names", async () => {
    const stored = await makeCertificate(names);
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

  it("is stale where a server still shows an earlier one", async () => {
    const stored = await makeCertificate(names);
    const served = new Map([
      ["vault-0", stored],
      ["vault-1", await makeCertificate(names)],
    ]);
    assert.deepEqual(judgeCertificate(stored, served, [], 0).stale, ["vault-1"]);
  });

  it("lacks names that it does not have", async () => {
    const stored = await makeCertificate(names);
    assert.deepEqual(
      judgeCertificate(stored, new Map(), ["vault", "vault.vault", "198.51.100.7"], 0).missingNames,
      ["vault.vault", "198.51.100.7"],
    );
  });

  it("is overdue when less than a sixth of its life is left", async () => {
    const stored = await makeCertificate(names);
    const end = stored.validToDate.getTime();
    assert.equal(judgeCertificate(stored, new Map(), [], end - 4 * hour).overdue, false);
    assert.equal(judgeCertificate(stored, new Map(), [], end - 4 * hour + 1).overdue, true);
    assert.equal(judgeCertificate(stored, new Map(), [], end + hour).overdue, true);
  });
});
