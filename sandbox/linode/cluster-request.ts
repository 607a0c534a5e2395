import { ApiException } from "@kubernetes/client-node";

import type { GivenKubeconfig } from "./given-kubeconfig.ts";

/** What to do about an answer's status. */
const remedies: Readonly<Record<number, string>> = {
  401: "Its credentials may have expired: make a new kubeconfig",
  403: "Give its user the role cluster-admin, or give the kubeconfig of another user",
};
const reach = "Check that its server is right and can be reached from this machine";
const certificates =
  "The server's certificate must come from the certificate-authority of the kubeconfig and be for its server's name";

/**
 * Asks the cluster of a kubeconfig for something.
 * @param request Asks by the kubeconfig's own client, and makes something of the answer.
 * @throws Error that names the file, the reason and the remedy.
 */
export async function askCluster<T>(
  { path, endpoint }: Pick<GivenKubeconfig, "path" | "endpoint">,
  request: () => Promise<T>,
): Promise<T> {
  try {
    return await request();
  } catch (error) {
    const [reason, remedy] = explain(error);
    throw new Error(
      `the cluster of the kubeconfig ${path} can't be used: ${endpoint} ${reason}. ${remedy}, and try again.`,
      { cause: error },
    );
  }
}

function explain(error: unknown): readonly [reason: string, remedy: string] {
  if (error instanceof ApiException) {
    const said = messageIn(error.body);
    return [
      `answered with status ${error.code}${said === undefined ? "" : ` (${said})`}`,
      remedies[error.code] ?? "Look after that cluster",
    ];
  }
  if (error instanceof Error && error.name === "TimeoutError") {
    return ["did not answer in time", reach];
  }
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) {
    const message = error instanceof Error ? error.message : String(error);
    return [`does not work as a Kubernetes API (${message})`, "Correct its server"];
  }
  const code = "code" in cause ? String(cause.code) : "";
  // A name with several addresses has an error for each, and none of its own.
  const detail = cause.message === "" ? code : withoutHint(cause.message);
  return [`can't be reached (${detail})`, /CERT|SIGNATURE|ERR_TLS/.test(code) ? certificates : reach];
}

/** Node.js adds how it could be run instead. */
function withoutHint(message: string): string {
  return message.replace(/;.*/, "");
}

/** Message of the Status that a Kubernetes API answers with. */
function messageIn(body: unknown): string | undefined {
  const { message } = (typeof body === "string" ? parseObject(body) : (body ?? {})) as { message?: unknown };
  return typeof message === "string" ? message : undefined;
}

function parseObject(text: string): object {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}
