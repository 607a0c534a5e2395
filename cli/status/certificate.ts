import { X509Certificate } from "node:crypto";

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
}

/** Judges the certificate in the Secret, and whether each server shows it. */
export function judgeCertificate(
  stored: X509Certificate,
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
  };
}

/** DNS names and IP addresses of a certificate. */
export function certificateNames(certificate: X509Certificate): string[] {
  return (certificate.subjectAltName ?? "").split(", ").map((entry) => entry.replace(/^[^:]+:/, ""));
}
