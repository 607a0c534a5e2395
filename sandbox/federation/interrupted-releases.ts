import { z } from "zod";

import { isHalfMade, lastGoodRevision } from "../plugins/kubernetes/helm/interruption.ts";
import type { CommandRun } from "./command.ts";
import type { HelmCli } from "./helm.ts";
import type { LinodeClient } from "./linode-client.ts";
import { clusterType, type StackState } from "./state.ts";

const releaseType = "kubernetes:helm.sh/v3:Release";

const releaseInputs = z.object({ name: z.string(), namespace: z.string() });
const releases = z.array(releaseInputs.extend({ status: z.string() }));

type Release = z.output<typeof releases>[number];

/** What ending interrupted releases needs. */
interface Tools {
  readonly helm: HelmCli;
  readonly linode: LinodeClient;
  /** Hears what is done. */
  readonly notice: (text: string) => void;
}

/**
 * Ends what helm had begun when a killed update took it along, as helm refuses such a release for ever: an installation is
 * undone, an upgrade is rolled back. Only releases that the killed update was at are touched.
 */
export async function endInterruptedReleases(
  { resources, pendingCreations, pendingUpdates }: StackState,
  { helm, linode, notice }: Tools,
  run: CommandRun,
): Promise<void> {
  const wanted = new Set(
    [...pendingCreations, ...pendingUpdates]
      .filter(({ type }) => type === releaseType)
      .map(({ inputs }) => idOf(releaseInputs.parse(inputs))),
  );
  if (wanted.size === 0) {
    return;
  }
  for (const { id } of resources.filter(({ type }) => type === clusterType)) {
    const kubeconfig = await linode.kubeconfig(Number(id));
    const ask = (...args: readonly string[]) => helm.run(args, kubeconfig, run);
    const list = await ask("list", "--all-namespaces", "--pending", "--uninstalling", "--output", "json");
    for (const release of releases.parse(JSON.parse(list)).filter((found) => wanted.has(idOf(found)))) {
      await endRelease(release, ask, notice);
    }
  }
}

async function endRelease(
  release: Release,
  ask: (...args: readonly string[]) => Promise<string>,
  notice: Tools["notice"],
): Promise<void> {
  const { name, namespace, status } = release;
  const place = ["--namespace", namespace, "--wait"];
  const history = ["history", name, "--namespace", namespace, "--output", "json"];
  const good = isHalfMade(status) ? undefined : lastGoodRevision(await ask(...history));
  if (good === undefined) {
    notice(`uninstalling release ${idOf(release)}, which that update left ${status}`);
    await ask("uninstall", name, ...place);
  } else {
    notice(`rolling release ${idOf(release)} back to revision ${good}: that update left it ${status}`);
    await ask("rollback", name, String(good), ...place);
  }
}

function idOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
