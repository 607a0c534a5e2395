import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

import { kubeconfigFor, listen } from "./kubernetes-api.ts";

/** Signs a token as a cluster signs those of its service accounts. `claims` are beside its ten minutes of life. */
export function signToken(claims: object, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1_000);
  const parts = [
    { alg: "RS256", typ: "JWT" },
    { iat: now, nbf: now, exp: now + 600, ...claims },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  return [...parts, sign("sha256", Buffer.from(parts.join(".")), key).toString("base64url")].join(".");
}

/** Of a cluster only what it takes to check its service accounts' tokens, and those tokens. */
export class ServiceAccounts {
  /** Who signs. */
  readonly issuer = "https://kubernetes.default.svc.cluster.local";
  readonly #keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
  readonly #server = createServer(({ url }, response) => {
    const body =
      url === "/openid/v1/jwks"
        ? { keys: [{ ...this.#keys.publicKey.export({ format: "jwk" }), use: "sig", kid: "one" }] }
        : { issuer: this.issuer };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });

  /** Begins to publish the keys, and answers the kubeconfig (YAML) that leads there. */
  async start(): Promise<string> {
    return kubeconfigFor(await listen(this.#server));
  }

  /** A token of a service account. */
  token(namespace: string, name: string, audience: string): string {
    const sub = `system:serviceaccount:${namespace}:${name}`;
    return signToken({ iss: this.issuer, sub, aud: [audience] }, this.#keys.privateKey);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
