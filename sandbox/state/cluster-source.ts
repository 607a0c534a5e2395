import { join } from "node:path";

import type { StateFolder } from "./folder.ts";
import { JsonFile } from "./json-file.ts";

/** Where a sandbox's clusters come from: kubeconfigs of existing ones by absolute path, or none for local ones. */
export interface ClusterSource {
  readonly kubeconfigs: readonly string[];
}

function recordOf(folder: StateFolder): JsonFile<ClusterSource> {
  return new JsonFile(join(folder.root, "clusters.json"));
}

/** What was recorded when the sandbox was first brought up; undefined before that. */
export function readClusterSource(folder: StateFolder): ClusterSource | undefined {
  return recordOf(folder).read();
}

/** Records the source for all later commands. */
export function writeClusterSource(folder: StateFolder, source: ClusterSource): void {
  recordOf(folder).write(source);
}

/**
 * Chooses the source: the recorded one, or what is asked for if nothing is recorded.
 * @param asked Kubeconfigs, or none if the user did not say.
 * @throws Error if something else is recorded: what was made in the one kind of cluster is not in the other.
 */
export function chooseClusterSource(
  recorded: ClusterSource | undefined,
  asked: readonly string[],
): ClusterSource {
  if (recorded === undefined || asked.length === 0) {
    return recorded ?? { kubeconfigs: asked };
  }
  if (recorded.kubeconfigs.join("\n") !== asked.join("\n")) {
    throw new Error(
      `this sandbox was made with ${describe(recorded)}, and can't go on with ${describe({ kubeconfigs: asked })}. ` +
        "Run `make sandbox` without KUBECONFIGS to go on, or `make sandbox-down` first to change.",
    );
  }
  return recorded;
}

function describe({ kubeconfigs }: ClusterSource): string {
  return kubeconfigs.length === 0 ? "local clusters" : `the clusters of ${kubeconfigs.join(" and ")}`;
}
