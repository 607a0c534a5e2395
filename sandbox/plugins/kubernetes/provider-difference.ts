import type { Change, Difference } from "../frame/diff.ts";
import { diffInputs } from "../frame/diff.ts";
import { UNKNOWN, sameValue } from "../frame/values.ts";
import type { Properties } from "../frame/values.ts";
import { textAt } from "./api/fields.ts";
import { chooseActiveCluster } from "./api/kubeconfig.ts";
import type { KubeconfigChoice } from "./api/kubeconfig.ts";

/** Configuration that decides which cluster the provider speaks to. */
const CLUSTER_CHOICE = ["kubeconfig", "context", "cluster"];

/**
 * What a change of the provider's configuration means for the objects it manages. A kubeconfig does not say which
 * cluster it leads to, so the rules are: `clusterIdentifier`, where it was and is set, decides alone. Otherwise another
 * entry of the active cluster, and an unknown choice of it, is another cluster: everything has to be made anew.
 */
export async function diffConfiguration(oldConfig: Properties, newConfig: Properties): Promise<Difference> {
  const { changes } = diffInputs(oldConfig, newConfig);
  const replacedBy = await findReplacingKeys(oldConfig, newConfig, [...changes.keys()]);
  return {
    changes: new Map(
      [...changes].map(([path, change]): [string, Change] => [
        path,
        { ...change, replaces: replacedBy.includes(path) },
      ]),
    ),
  };
}

async function findReplacingKeys(
  oldConfig: Properties,
  newConfig: Properties,
  changed: readonly string[],
): Promise<readonly string[]> {
  const identifiers = [oldConfig, newConfig].map((config) => config.clusterIdentifier);
  if (
    identifiers.every((identifier) => identifier !== undefined && identifier !== null && identifier !== "")
  ) {
    return changed.filter((key) => key === "clusterIdentifier");
  }
  const unknown = CLUSTER_CHOICE.filter((key) => newConfig[key] === UNKNOWN);
  if (unknown.length > 0) {
    return unknown;
  }
  const before = await chooseActiveCluster(choiceOf(oldConfig));
  const after = await chooseActiveCluster(choiceOf(newConfig));
  // Where both are ambient, the same file may lead to another cluster than before; that can't be seen.
  return sameValue(before, after) ? [] : changed.filter((key) => CLUSTER_CHOICE.includes(key));
}

function choiceOf(config: Properties): KubeconfigChoice {
  return {
    kubeconfig: textAt(config, "kubeconfig"),
    context: textAt(config, "context"),
    cluster: textAt(config, "cluster"),
  };
}
