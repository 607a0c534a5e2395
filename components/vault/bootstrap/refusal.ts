import type { VaultClient } from "../api/vault-client.ts";
import type { BootstrapArgs } from "./bootstrap.ts";

/** Why the bootstrap must not go on by itself. */
export type RefusalReason = "data-lost" | "data-lost-after-birth" | "answer-lost" | "initialised-by-others";

/** What has `pulumi up` run a bootstrap again that has come to its end, and its provider log in as that says then. */
export const againOptions = "--target-replace '**-bootstrap-run' --target '**-provider'";

/**
 * A bootstrap that has come to its end is not run again by itself. Only a refresh finds out that what Pulumi made inside
 * Vault is gone, and the provider must have the new Vault's login by then; nothing else can be made before.
 */
const afterBirth = `\`pulumi up ${againOptions}\`, and then \`pulumi up --refresh\``;

/** Explains why the bootstrap stops, and what a person can do. */
export function refuse(
  reason: RefusalReason,
  args: Pick<BootstrapArgs, "namespace" | "replicas">,
  clusterId?: string,
): Error {
  const { namespace, replicas } = args;
  const forget = `kubectl -n ${namespace} delete secret vault-bootstrap vault-key-shares --ignore-not-found`;
  const startOver =
    `kubectl -n ${namespace} delete pvc ${volumeClaims(replicas).join(" ")} --wait=false && ` +
    `kubectl -n ${namespace} delete pods -l app.kubernetes.io/name=vault,component=server && ${forget}`;
  switch (reason) {
    case "data-lost":
    case "data-lost-after-birth":
      return new Error(
        `vault-0 is empty, but this stack's Vault exists: its cluster id is ${clusterId ?? "not known yet"}. ` +
          "The data of vault-0 was lost. Initialising it again would split it from what is left, so nothing is done. " +
          `If other servers still have data, wipe vault-0 alone, so that it joins them: kubectl -n ${namespace} delete pvc data-vault-0 --wait=false && ` +
          `kubectl -n ${namespace} delete pod vault-0 (and again, if it stays Pending: it came before the old volume was gone), then run \`vfed unseal <stack>\`. If all data is lost, restore a snapshot, or give it up for good: ` +
          `${forget}, then run ${reason === "data-lost" ? "`pulumi up` again" : afterBirth}.`,
      );
    case "answer-lost":
      return new Error(
        "vault-0 was initialised by an update that was killed before it could keep the answer: nobody has its key. " +
          `Nothing was ever stored in it. Start over with: ${startOver}, then \`pulumi up\`.`,
      );
    case "initialised-by-others":
      return new Error(
        "Vault is initialised, but not by this stack, which therefore has no key to it. If the Secret vault-bootstrap, the stack's state or " +
          "Vault's volumes were exchanged, put the right ones back. " +
          `To give up ALL ITS DATA and start over: ${startOver}, then \`pulumi up\`.`,
      );
  }
}

function volumeClaims(replicas: number): string[] {
  return Array.from({ length: replicas }, (_, index) => `data-vault-${index}`);
}

/**
 * Compares the cluster that a server belongs to with the one that is remembered, as far as both are known.
 * @throws Error if they are two.
 */
export function requireCluster(
  { name }: VaultClient,
  found: string | undefined,
  recorded: string | undefined,
): void {
  if (found !== undefined && recorded !== undefined && found !== recorded) {
    throw new Error(
      `${name} belongs to cluster ${found}, but this stack's is ${recorded}. ` +
        "Its volume was exchanged for that of another Vault; put the right one back.",
    );
  }
}
