import * as pulumi from "@pulumi/pulumi";

import { conflictsOf, type Conflict } from "../components/federation/secret-conflicts.ts";
import { planSecrets, type PlanArgs, type SecretPlan } from "../components/federation/secret-plan.ts";
import { remoteStores } from "../components/federation/store-names.ts";
import { ConfigurationError, propertyName, stackFile, type Problem } from "../config/problem.ts";
import type { Settings } from "../config/settings.ts";

/**
 * What the region does about the secrets that cross regions; undefined if its settings name none.
 * @throws ConfigurationError that lists everything that would lose or mix up a secret, or keep it from arriving.
 */
export function sharedSecretsPlan(settings: Settings, peers: readonly string[]): SecretPlan | undefined {
  const { secrets, secretBackends: backends, vault } = settings;
  if (Object.keys(secrets).length === 0) {
    return undefined;
  }
  const args: PlanArgs = { region: pulumi.getStack(), secrets, backends, remoteStores: remoteStores(peers) };
  const plan = planSecrets(args);
  const problems = [...(vault === undefined ? [noVault()] : []), ...conflictsOf(plan, args).map(toProblem)];
  if (problems.length > 0) {
    throw new ConfigurationError(pulumi.getStack(), problems);
  }
  return plan;
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
