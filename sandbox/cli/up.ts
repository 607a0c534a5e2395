import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";

import { buildCharts } from "../charts/build.ts";
import { chartsOf } from "../charts/catalogue.ts";
import { daemonLog, ensureDaemon } from "../daemon/launch.ts";
import type { DaemonRecord } from "../daemon/record.ts";
import { HelmCli } from "../federation/helm.ts";
import { LinodeClient } from "../federation/linode-client.ts";
import { stacks, writeProject, type Overrides, type VaultOverrides } from "../federation/project.ts";
import { PulumiCli } from "../federation/pulumi.ts";
import { bringUp, ensureStack, kubeconfigOf } from "../federation/region.ts";
import { VaultOperators } from "../federation/vault-operators.ts";
import type { CommandRun } from "../federation/command.ts";
import { buildImages } from "../images/build.ts";
import { imagesOf } from "../images/catalogue.ts";
import { inspectCluster, type GivenCluster } from "../linode/provided-clusters.ts";
import { ensureOperators, operatorThreshold } from "../operators/operators.ts";
import { installPlugins } from "../plugins/install.ts";
import {
  chooseClusterSource,
  readClusterSource,
  writeClusterSource,
  type ClusterSource,
} from "../state/cluster-source.ts";
import type { StateFolder } from "../state/folder.ts";
import { readIdentity } from "../state/identity.ts";
import { withSandboxLock } from "../state/lock.ts";
import { refuseForeign } from "../state/marker.ts";
import { toolsOf, type ToolName } from "../tools/catalogue.ts";
import { Reachability } from "../tools/download.ts";
import { requireLinux, requireSystem } from "../tools/machine.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import {
  callerVariables,
  kubeconfigFile,
  projectFolder,
  sandboxVariables,
  writeEnvironment,
} from "./environment.ts";
import { requireKubeconfigs } from "./given-kubeconfigs.ts";
import { joinKubeconfigs } from "./kubeconfig.ts";
import { memoryWarning, requireRoom } from "./resources.ts";
import { Steps } from "./steps.ts";
import { acquire, onInterrupt, prepareMachine } from "./tools.ts";

/** How to bring a sandbox up. */
export interface UpOptions {
  readonly folder: StateFolder;
  /** Folder of the program. */
  readonly checkout: string;
  /** Kubeconfigs of existing clusters to use; empty to go on with what the sandbox has, at first local ones. */
  readonly kubeconfigs: readonly string[];
  /**
   * Whether each region gets a Vault. Left out, local clusters do, and given ones do not: those need not have the storage
   * and the images for it. A sandbox that has Vaults keeps them, whatever is said later.
   */
  readonly vault?: boolean;
  /** Print every line instead of a line for each step. */
  readonly verbose: boolean;
}

/**
 * Brings a sandbox up: everything that the program needs, then the program itself, once for each stack. Whatever is
 * there already is kept, so that it can be repeated after any interruption.
 */
export async function up(options: UpOptions): Promise<void> {
  const { folder } = options;
  const source = await requirePreconditions(options);
  await withSandboxLock(folder, "up", async () => {
    const signal = onInterrupt();
    await bringEverythingUp({ ...options, ...source }, new Steps(options.verbose, signal), signal);
  });
}

/** Refuses what can't end well before anything is made; answers where the clusters come from. */
async function requirePreconditions({
  folder,
  kubeconfigs: asked,
  vault,
}: UpOptions): Promise<ClusterSource> {
  requireLinux();
  await refuseForeign(folder);
  const source = chooseClusterSource(readClusterSource(folder), asked);
  if (source.kubeconfigs.length > 0) {
    await requireKubeconfigs(source.kubeconfigs);
  } else {
    await requireSystem();
  }
  const local = source.kubeconfigs.length === 0;
  // Clusters that run already have their memory, and most of their room.
  const isThere = existsSync(folder.clusters);
  await requireRoom(folder.root, isThere ? "present" : local && vault !== false ? "vault" : "plain");
  const warning = local && !isThere ? memoryWarning() : undefined;
  if (warning !== undefined) {
    process.stderr.write(`${warning}\n`);
  }
  return source;
}

async function bringEverythingUp(options: UpOptions, steps: Steps, signal: AbortSignal): Promise<void> {
  const { folder, checkout, kubeconfigs } = options;
  const local = kubeconfigs.length === 0;
  const hasVault = (options.vault ?? local) || existsSync(folder.operators);
  const tools = toolsOf({ vault: hasVault });
  const charts = chartsOf(tools);

  const given = local
    ? []
    : await steps.run("given clusters", () => Promise.all(kubeconfigs.map(inspectCluster)));
  // Not before the clusters are known to be fit: a sandbox that was made with others would refuse the right ones.
  writeClusterSource(folder, { kubeconfigs });
  const toolbox = local
    ? await prepareClusters(folder, tools, steps, signal)
    : await acquire(["pulumi", "helm"], steps, signal);
  await steps.run("charts", () => buildCharts(folder.charts, { toolbox, charts }));
  const publishers = new Reachability();
  const plugins = await steps.run("Pulumi plugins", (_report, notice) =>
    installPlugins({
      pulumiHome: folder.pulumiHome,
      cli: toolbox.program("pulumi"),
      program: checkout,
      reaches: (url) => publishers.reaches(url),
      report: notice,
    }),
  );

  const daemon = await steps.run("Linode API", () => ensureDaemon(folder, kubeconfigs));
  const linode = new LinodeClient(daemon.linodeUrl, daemon.linodeToken);
  // After a reboot the clusters come back by themselves; an update that came too early would find them dead.
  await steps.run("clusters of an earlier run", (report) =>
    linode.waitForNodes(
      (missing) =>
        `the nodes ${missing} of an earlier run did not become Ready again. ` +
        `${daemonLog(folder)} says why; \`make sandbox-down\` and \`make sandbox\` start anew.`,
      { signal, report },
    ),
  );

  const vault = hasVault ? await vaultOverrides(folder, local) : undefined;
  const { folder: project, passphraseFile } = await writeProject(projectFolder(folder), checkout, {
    clusters: clusterOverrides(given, daemon),
    chartMirror: daemon.chartsUrl,
    chartVersions: Object.fromEntries(charts.map(({ name, version }) => [name, version])),
    vault,
  });
  const identity = local ? readIdentity(folder) : undefined;
  const sources = { folder, toolbox, pulumiBin: plugins.bin, passphraseFile, daemon, identity };
  const variables = sandboxVariables(sources);
  const environmentFile = await writeEnvironment(folder, variables);
  await mkdir(folder.pulumiState, { recursive: true });
  const environment = { ...callerVariables(), ...variables };
  const pulumi = new PulumiCli(plugins.cli, project, environment);
  // The sandbox's own plugin takes up what helm was killed at by itself.
  const endsReleases = plugins.plugins.some(
    ({ name, source }) => name === "resource-kubernetes" && source === "official",
  );
  const helm = endsReleases ? new HelmCli(toolbox.program("helm"), environment) : undefined;
  const operators =
    vault === undefined
      ? undefined
      : new VaultOperators({ checkout, project, keys: folder.operators, environment });
  for (const stack of stacks) {
    await ensureStack(stack, pulumi, { signal });
  }
  // The first region is not linked before it has seen what the others have made.
  const order = operators === undefined ? stacks : [...stacks, stacks[0]];
  for (const stack of order) {
    await steps.run(`stack ${stack}`, async (onLine, notice) => {
      // An update finds no Vault to log in to while it is sealed, as after a reboot.
      await operators?.unseal(stack, pulumi, { onLine, signal });
      const region = { pulumi, backend: folder.pulumiState, linode, helm, notice };
      await bringUp(stack, region, { onLine, signal });
    });
  }
  // Whatever a failed `down` was not sure of, the stacks have made and know now.
  await rm(folder.unrecorded, { force: true });
  await writeKubeconfig(folder, pulumi);
  const health = await healthOf(operators, { signal });
  process.stdout.write(summary(environmentFile, daemon, health));
}

/** Whose key shares the Vaults are opened with. Volumes of the shipped class would outlive the sandbox in given clusters. */
async function vaultOverrides(folder: StateFolder, local: boolean): Promise<VaultOverrides> {
  return {
    operators: await ensureOperators(folder.operators),
    threshold: operatorThreshold,
    ...(local ? {} : { storageClass: "linode-block-storage" }),
  };
}

/** What only local clusters need: a suitable machine, all tools, and images to run in the clusters. */
async function prepareClusters(
  folder: StateFolder,
  tools: readonly ToolName[],
  steps: Steps,
  signal: AbortSignal,
): Promise<Toolbox> {
  const host = await prepareMachine(steps);
  const toolbox = await acquire(tools, steps, signal);
  await steps.run("images", () =>
    buildImages(folder.images, { toolbox, busybox: host.busybox, images: imagesOf(tools) }),
  );
  return toolbox;
}

/** The first given cluster is the hub's, as the stacks are brought up in this order. */
function clusterOverrides(
  [hub, edge]: readonly GivenCluster[],
  { kubernetesVersion }: DaemonRecord,
): Overrides["clusters"] {
  return { hub: hub ?? { kubernetesVersion }, edge: edge ?? { kubernetesVersion } };
}

async function writeKubeconfig(folder: StateFolder, pulumi: PulumiCli): Promise<void> {
  const kubeconfigs = await Promise.all(
    stacks.map(async (stack) => [stack, await kubeconfigOf(stack, pulumi)] as const),
  );
  await writeFile(kubeconfigFile(folder), joinKubeconfigs(Object.fromEntries(kubeconfigs)), { mode: 0o600 });
}

/** What the operators' command says of the Vaults, their links and what crosses them; empty for a sandbox without Vaults. */
async function healthOf(operators: VaultOperators | undefined, run: CommandRun): Promise<string> {
  return operators === undefined
    ? ""
    : `\n${await operators.status(stacks, run)}\n\n${await operators.share(stacks, run)}\n`;
}

function summary(environmentFile: string, { linodeUrl }: DaemonRecord, health: string): string {
  return `${health}
The sandbox is up. Its Linode API is ${linodeUrl}.

  . ${environmentFile}
  kubectl --context hub get pods --all-namespaces
  kubectl --context edge get pods --all-namespaces
  pulumi --cwd "$VAULT_FEDERATION_PROJECT" preview --stack edge

make sandbox-down removes it.
`;
}
