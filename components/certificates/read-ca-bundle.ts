import { X509Certificate } from "node:crypto";

import { ApiException, CoreV1Api } from "@kubernetes/client-node";

import { apiFailure } from "../cluster/api-failure.ts";
import { askAgain } from "../cluster/ask-again.ts";
import { kubeConfigFrom } from "../cluster/kube-config.ts";
import { renewalTime } from "./renewal-time.ts";

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
  const { namespace, secretName: name } = source;
  const read = reader(source);
  const deadline = Date.now() + source.timeoutSeconds * 1_000;
  for (;;) {
    let reason: string;
    try {
      const certificate = await read();
      if (Math.abs(lifetimeSeconds(certificate) - source.lifetimeSeconds) <= toleranceSeconds) {
        return certificate;
      }
      reason = "it still has the certificate of another lifetime";
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

/**
 * Reads the CA certificate (PEM) that the Secret has now, of whatever lifetime; if the cluster gives no answer, or the
 * Secret has no certificate yet, the remembered one, with a warning.
 * @returns undefined if there is no Secret.
 */
export function refreshCaBundle(source: CaBundleSource, remembered: string): Promise<string | undefined> {
  const subject = `the CA certificate in Secret ${source.namespace}/${source.secretName}`;
  return askAgain<string | undefined>(subject, remembered, async () => {
    try {
      return await reader(source)();
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) {
        return undefined;
      }
      throw error;
    }
  });
}

/**
 * Whether the Secret has another CA certificate by now than the remembered one (PEM). The cluster is asked only when
 * cert-manager should have renewed that, so that no update before needs it for this; as long as cert-manager is late, or
 * the cluster gives no answer, nothing has changed.
 */
export async function isSucceeded(source: CaBundleSource, remembered: string): Promise<boolean> {
  const isDue = Date.now() >= renewalTime(new X509Certificate(remembered));
  return isDue && (await refreshCaBundle(source, remembered)) !== remembered;
}

function reader({ kubeconfig, namespace, secretName: name }: CaBundleSource): () => Promise<string> {
  const api = kubeConfigFrom(kubeconfig).makeApiClient(CoreV1Api);
  return async () => {
    const encoded = (await api.readNamespacedSecret({ namespace, name })).data?.["ca.crt"] ?? "";
    if (encoded === "") {
      throw new Error("it has no ca.crt yet");
    }
    return Buffer.from(encoded, "base64").toString("utf8");
  };
}

function lifetimeSeconds(pem: string): number {
  const certificate = new X509Certificate(pem);
  return (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / 1_000;
}
