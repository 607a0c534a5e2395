import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Makes a self-signed certificate with alternative names such as `DNS:vault`, valid for a day. */
export async function makeCertificate(names: readonly string[]): Promise<X509Certificate> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "/dev/null"];
  const { stdout } = await run("openssl", [
    ...["req", "-x509", ...key, "-subj", "/CN=vault", "-days", "1"],
    ...["-addext", `subjectAltName=${names.join(",")}`],
  ]);
  return new X509Certificate(stdout);
}
