import * as pulumi from "@pulumi/pulumi";

import { conflictsOf, type Conflict } from "../components/federation/secret-conflicts.ts";
import { planSecrets, type PlanArgs, type SecretPlan } from "../components/federation/secret-plan.ts";
import { isLinked } from "../components/federation/link-state.ts";
import { remoteStores } from "../components/federation/store-names.ts";
import type { KnownPeer } from "../config/peer-outputs.ts";
import { ConfigurationError, propertyName, stackFile, type Problem } from "../config/problem.ts";
import type { Settings } from "../config/settings.ts";

/**
 * What the region does about the secrets that cross regions; undefined if its settings name none.
 * @throws ConfigurationError that lists everything that would lose or mix up a secret, or keep it from arriving.
 */
export function sharedSecretsPlan(
  settings: Settings,
  peers: Readonly<Record<string, KnownPeer>>,
): SecretPlan | undefined {
  const { secrets, secretBackends: backends, vault } = settings;
  if (Object.keys(secrets).length === 0) {
    return undefined;
  }
  const region = pulumi.getStack();
  const stores = remoteStores(Object.keys(peers));
  const args: PlanArgs = { region, secrets, backends, remoteStores: stores };
  const conflicts = conflictsOf(planSecrets(args), args);
  const problems = [...(vault === undefined ? [noVault()] : []), ...conflicts.map(toProblem)];
  if (problems.length > 0) {
    throw new ConfigurationError(pulumi.getStack(), problems);
  }
  // External Secrets tries a push to a store that is not there ever more seldom, and goes on so when it has come.
  const linked = Object.entries(peers).filter(([peer, known]) => isLinked(region, peer, known));
  const linkedStores = linked.map(([peer]) => [peer, stores[peer] ?? peer]);
  return planSecrets({
    ...args,
    remoteStores: Object.fromEntries(linkedStores) as Record<string, string>,
    unlinked: Object.keys(peers).filter((peer) => linked.every(([name]) => name !== peer)),
  });
}

function noVault(): Problem {
  return {
    property: propertyName(["vault"]),
    received: "nothing",
    allowed: "a Vault, as the region's secrets are kept there",
    remedy: `add it to ${stackFile()}, or take secrets out`,
  };
}

function toProblem({ path, property, received, allowed }: Conflict): Problem {
  const place = ["secrets", path, ...(property === undefined ? [] : [property])];
  return { property: propertyName(place), received, allowed, remedy: `edit it in ${stackFile()}` };
}
