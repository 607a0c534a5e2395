import { generateKeyPairSync, randomBytes } from "node:crypto";

import forge from "node-forge";

/** A certificate and the private key that belongs to it, both in PEM form. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate is made out to. */
export interface CertificateArgs {
  readonly commonName: string;
  /** Alternative names with their kind, such as `DNS:vault` and `IP:127.0.0.1`; none by default. */
  readonly names?: readonly string[];
  /** Who signs it; by default it is its own authority. */
  readonly issuer?: CertifiedKey;
}

/** Makes a new key and a certificate for it that is valid for a day from now. */
export function certifyKey({ commonName, names = [], issuer }: CertificateArgs): CertifiedKey {
  const pair = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  // Some digit other than zero before the random ones: a number that is negative or padded is no serial number to OpenSSL.
  certificate.serialNumber = `01${randomBytes(8).toString("hex")}`;
  certificate.validity.notAfter = new Date(certificate.validity.notBefore.getTime() + 24 * 3_600_000);
  const subject = [{ name: "commonName", value: commonName }];
  certificate.setSubject(subject);
  certificate.setIssuer(
    issuer === undefined ? subject : forge.pki.certificateFromPem(issuer.certificate).subject.attributes,
  );
  certificate.setExtensions([
    { name: "basicConstraints", cA: issuer === undefined, critical: true },
    ...(names.length === 0 ? [] : [{ name: "subjectAltName", altNames: names.map(alternativeName) }]),
  ]);
  const signer = forge.pki.privateKeyFromPem(issuer?.key ?? pair.privateKey);
  certificate.sign(signer, forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate), key: pair.privateKey };
}

/** The numbers are the tags of GeneralName in RFC 5280, 4.2.1.6. */
function alternativeName(name: string): object {
  const value = name.slice(name.indexOf(":") + 1);
  return name.startsWith("IP:") ? { type: 7, ip: value } : { type: 2, value };
}
