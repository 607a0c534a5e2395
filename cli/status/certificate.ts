import { X509Certificate } from "node:crypto";

import { renewalTime } from "../../components/certificates/renewal-time.ts";

/** What can be said of the root certificate that the stack knows, by which it and its peers tell the servers. */
export interface RootStatus {
  /** End of its life, ISO 8601. */
  readonly expires: string;
  /** Whether it should have a successor by now. */
  readonly due: boolean;
  /** Whether the certificate in the Secret descends from another. */
  readonly foreign: boolean;
}

/** What can be said of the certificates that the servers show. */
export interface CertificateStatus {
  /** End of life of the certificate in the Secret, ISO 8601. */
  readonly expires: string;
  readonly names: readonly string[];
  /** Names and addresses that the servers are reached by, but the certificate lacks. */
  readonly missingNames: readonly string[];
  /** Servers that show another certificate than the Secret's: they have not read it again. */
  readonly stale: readonly string[];
  /** Whether it should have been renewed by now. */
  readonly overdue: boolean;
  readonly root: RootStatus;
}

/** Judges the certificate in the Secret, whether it descends from the stack's root, and whether each server shows it. */
export function judgeCertificate(
  stored: X509Certificate,
  root: X509Certificate,
  served: ReadonlyMap<string, X509Certificate>,
  requiredNames: readonly string[],
  now: number,
): CertificateStatus {
  const names = certificateNames(stored);
  const from = stored.validFromDate.getTime();
  const to = stored.validToDate.getTime();
  return {
    expires: stored.validToDate.toISOString(),
    names,
    missingNames: requiredNames.filter((name) => !names.includes(name)),
    stale: [...served]
      .filter(([, shown]) => shown.fingerprint256 !== stored.fingerprint256)
      .map(([server]) => server),
    // cert-manager renews when a third of the life is left; at half of that it has evidently failed to.
    overdue: to - now < (to - from) / 6,
    root: {
      expires: root.validToDate.toISOString(),
      due: now >= renewalTime(root),
      foreign: !stored.verify(root.publicKey),
    },
  };
}

/** DNS names and IP addresses of a certificate. */
export function certificateNames(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? "").split(", ").map((entry) => entry.replace(/^[^:]+:/, ""));
}
