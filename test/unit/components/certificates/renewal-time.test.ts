import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";

import { renewalTime } from "../../../../components/certificates/renewal-time.ts";
import { certificates } from "../../../support/certificates.ts";

test("cert-manager renews a certificate when a third of its life is left", () => {
  const time = renewalTime(new X509Certificate(certificates.days3650));
  // From 2026-11-21 21:53:27 on it has 3650 days, of which 2433 and a third pass first.
  assert.equal(new Date(time).toISOString(), "2033-07-21T05:53:27.000Z");
});
