import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { parseDocument } from "yaml";

import { projectFolder } from "../cli/environment.ts";
import { runCommand } from "../federation/command.ts";
import { LinodeClient } from "../federation/linode-client.ts";
import { PulumiCli } from "../federation/pulumi.ts";
import type { StateFolder } from "../state/folder.ts";

const stack = "bench";
const label = "vault-federation-bench";
const byHand = join(import.meta.dirname, "by-hand.sh");

interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** When it was complete (RFC 3339). */
  readonly created?: string;
}

/** What is measured with: a third region of a sandbox that is up, which is gone afterwards. */
interface Bench {
  readonly folder: string;
  readonly project: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly pulumi: PulumiCli;
  readonly linode: LinodeClient;
}

/**
 * Times how a region gets its Vault, from the moment its nodes are Ready: by `pulumi up`, and then by a script on another
 * fresh cluster of the same kind, which uses helm, kubectl and vault for the same charts, values and policies.
 */
export async function benchVaultBirth(
  folder: StateFolder,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const { LINODE_URL: url = "", LINODE_TOKEN: token = "" } = environment;
  const project = projectFolder(folder);
  const bench: Bench = {
    folder: join(folder.root, "bench", "vault-birth"),
    project,
    environment,
    pulumi: new PulumiCli("pulumi", project, environment),
    linode: new LinodeClient(url, token),
  };
  await mkdir(bench.folder, { recursive: true, mode: 0o700 });
  try {
    process.stdout.write("from Ready nodes to a configured Vault, seconds\n");
    process.stdout.write(`  ${"pulumi up".padEnd(15)} ${(await timeProgram(bench)).toFixed(1)}\n`);
    process.stdout.write(`  ${"by script".padEnd(15)} ${(await timeScript(bench)).toFixed(1)}\n`);
  } finally {
    // The script leaves the key shares of its Vault there.
    await rm(bench.folder, { recursive: true });
  }
}

/** Brings the region up as `make sandbox` does, and leaves in the bench's folder what the script needs to do the same. */
async function timeProgram(bench: Bench): Promise<number> {
  const { pulumi, project } = bench;
  const document = parseDocument(await readFile(join(project, "Pulumi.hub.yaml"), "utf8"));
  document.delete("encryptionsalt");
  document.setIn(["config", "vault-federation:cluster", "label"], label);
  await writeFile(join(project, `Pulumi.${stack}.yaml`), document.toString());
  await pulumi.run(["stack", "init", stack, "--no-select"]);
  try {
    await pulumi.run(["up", "--yes", "--skip-preview", "--stack", stack]);
    const exported = JSON.parse(await pulumi.run(["stack", "export", "--stack", stack])) as {
      deployment: { resources: Resource[] };
    };
    const { resources } = exported.deployment;
    await keepForScript(bench, resources);
    return (lastCreated(resources, /^vault:/) - lastCreated(resources, /:NodeReadiness$/)) / 1_000;
  } finally {
    await pulumi.run(["destroy", "--yes", "--skip-preview", "--remove", "--stack", stack]);
  }
}

function lastCreated(resources: readonly Resource[], type: RegExp): number {
  const times = resources
    .filter((resource) => type.test(resource.type))
    .map(({ created = "" }) => Date.parse(created));
  return Math.max(...times);
}

/** Values of the releases and policies, a file each. */
async function keepForScript(
  { pulumi, folder, environment }: Bench,
  resources: readonly Resource[],
): Promise<void> {
  const kubeconfig = join(folder, "kubeconfig");
  const shown = await pulumi.run(["stack", "output", "kubeconfig", "--show-secrets", "--stack", stack]);
  await writeFile(kubeconfig, shown, { mode: 0o600 });
  for (const release of ["cert-manager", "vault"]) {
    const { stdout } = await runCommand(
      "helm",
      ["get", "values", release, "--namespace", release, "--output", "json"],
      { folder, environment: { ...environment, KUBECONFIG: kubeconfig } },
      {},
    );
    await writeFile(join(folder, `${release}.json`), stdout);
  }
  for (const { inputs } of resources.filter(({ type }) => type === "vault:index/policy:Policy")) {
    await writeFile(join(folder, `${String(inputs?.name)}.hcl`), String(inputs?.policy));
  }
}

async function timeScript({ linode, folder, project, environment }: Bench): Promise<number> {
  const config = parseDocument(await readFile(join(project, "Pulumi.hub.yaml"), "utf8"));
  const setting = (...path: string[]): string => String(config.getIn(["config", ...path]));
  const cluster = (name: string): string => setting("vault-federation:cluster", name);
  const id = await linode.createCluster(label, cluster("region"), cluster("kubernetesVersion"), 3);
  try {
    await linode.waitForNodes(
      (missing) => `the nodes ${missing} did not become Ready; look at the sandbox's logs/daemon.log`,
    );
    const kubeconfig = join(folder, "kubeconfig");
    await writeFile(kubeconfig, await linode.kubeconfig(id), { mode: 0o600 });
    const versions = (chart: string): string => setting("vault-federation:charts", chart, "version");
    const start = performance.now();
    const { exitCode, output } = await runCommand(
      byHand,
      [],
      {
        folder,
        environment: {
          ...environment,
          KUBECONFIG: kubeconfig,
          CHARTS: setting("vault-federation:charts", "mirror"),
          CERT_MANAGER_VERSION: versions("certManager"),
          VAULT_CHART_VERSION: versions("vault"),
        },
      },
      {},
    );
    if (exitCode !== 0) {
      throw new Error(`the script ended with ${String(exitCode)}:\n\n${output}`);
    }
    return (performance.now() - start) / 1_000;
  } finally {
    await linode.deleteCluster(id);
  }
}
