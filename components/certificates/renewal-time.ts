import type { X509Certificate } from "node:crypto";

/**
 * When cert-manager renews a certificate that asks for no other time (milliseconds since the epoch): after two thirds of
 * its life. Source: cert-manager's pkg/util/pki/renewaltime.go.
 */
export function renewalTime({ validFromDate, validToDate }: X509Certificate): number {
  const end = validToDate.getTime();
  return end - (end - validFromDate.getTime()) / 3;
}
