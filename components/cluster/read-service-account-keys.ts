import { createPublicKey, type JsonWebKey } from "node:crypto";

import { OpenidApi, WellKnownApi } from "@kubernetes/client-node";

import type { ServiceAccountIssuer } from "../../config/contract.ts";
import { apiFailure } from "./api-failure.ts";
import { askAgain } from "./ask-again.ts";
import { kubeConfigFrom } from "./kube-config.ts";

/**
 * Asks a cluster who signs the tokens of its service accounts.
 * @throws Error that says why it could not be asked.
 */
export async function readServiceAccountKeys(kubeconfig: string): Promise<ServiceAccountIssuer> {
  try {
    return await askForSigner(kubeconfig);
  } catch (error) {
    throw new Error(
      `the keys of the cluster's service accounts could not be read: ${apiFailure(error)}. ` +
        "Look at `kubectl get --raw /openid/v1/jwks`, then run `pulumi up` again.",
      { cause: error },
    );
  }
}

/** Asks the cluster once more; if it gives no answer, what it said last remains, with a warning. */
export function refreshServiceAccountKeys(
  kubeconfig: string,
  remembered: ServiceAccountIssuer,
): Promise<ServiceAccountIssuer> {
  return askAgain("the keys of the cluster's service accounts", remembered, () => askForSigner(kubeconfig));
}

async function askForSigner(kubeconfig: string): Promise<ServiceAccountIssuer> {
  const config = kubeConfigFrom(kubeconfig);
  const discovery = await config.makeApiClient(WellKnownApi).getServiceAccountIssuerOpenIDConfiguration();
  const keys = await config.makeApiClient(OpenidApi).getServiceAccountIssuerOpenIDKeyset();
  return signerFrom(parsed(discovery), parsed(keys));
}

/** The client hands over what its table of types takes for text, whether it has parsed it or not. */
function parsed(answer: unknown): unknown {
  return typeof answer === "string" ? JSON.parse(answer) : answer;
}

/**
 * Reads an OpenID discovery document and its key set. Keys are sorted, as a server lists them in any order, and have no
 * line end: Vault takes it off, which would be a difference at each update.
 */
export function signerFrom(discovery: unknown, keySet: unknown): ServiceAccountIssuer {
  const { issuer } = discovery as { issuer: string };
  const { keys } = keySet as { keys: JsonWebKey[] };
  const pems = keys.map((key) =>
    createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" }).toString().trim(),
  );
  return { issuer, keys: pems.sort() };
}
