import { X509Certificate } from "node:crypto";

import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";

import { apiFailure } from "../cluster/api-failure.ts";

const pollIntervalMilliseconds = 1_000;

/** Which certificate to read; see CaBundleArgs. */
export interface CaBundleSource {
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly secretName: string;
  readonly lifetimeSeconds: number;
  readonly timeoutSeconds: number;
}

/** cert-manager sets the clock back a little where it begins a certificate's life. */
const toleranceSeconds = 300;

/**
 * Waits until cert-manager has written the Secret for the wanted lifetime, and reads its CA certificate (PEM).
 * @throws Error when the time is up, with the reason of the last attempt.
 */
export async function readCaBundle(source: CaBundleSource): Promise<string> {
  const config = new KubeConfig();
  config.loadFromString(source.kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const { namespace, secretName: name } = source;
  const deadline = Date.now() + source.timeoutSeconds * 1_000;
  for (;;) {
    let reason: string;
    try {
      const encoded = (await api.readNamespacedSecret({ namespace, name })).data?.["ca.crt"];
      const certificate = Buffer.from(encoded ?? "", "base64").toString("utf8");
      const difference =
        certificate === "" ? undefined : lifetimeSeconds(certificate) - source.lifetimeSeconds;
      if (difference !== undefined && Math.abs(difference) <= toleranceSeconds) {
        return certificate;
      }
      reason =
        difference === undefined
          ? "it has no ca.crt yet"
          : "it still has the certificate of another lifetime";
    } catch (error) {
      reason = apiFailure(error);
    }
    if (Date.now() >= deadline) {
      throw new Error(
        `the CA certificate in Secret ${namespace}/${name} could not be read within ${source.timeoutSeconds} s: ${reason}. ` +
          `See why with \`kubectl -n ${namespace} describe certificate ${name}\`, then run \`pulumi up\` again.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pollIntervalMilliseconds));
  }
}

function lifetimeSeconds(pem: string): number {
  const certificate = new X509Certificate(pem);
  return (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / 1_000;
}
