import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { parseDocument, type Document } from "yaml";

import { runCommand } from "../federation/command.ts";
import { LinodeClient } from "../federation/linode-client.ts";
import { stateResources, type StateResource } from "../federation/state.ts";
import { readClusterSource } from "../state/cluster-source.ts";
import type { BenchArgs, BenchRun } from "./bench.ts";
import type { Findings } from "./measurement.ts";
import { ScratchRegion } from "./scratch-region.ts";

const byHand = join(import.meta.dirname, "by-hand.sh");

/** Releases of the program whose values the script takes over, each in a namespace of its name. */
const releases = ["cert-manager", "vault", "vault-secrets-operator", "external-secrets"] as const;

/** What is measured with. */
interface Birth {
  readonly args: BenchArgs;
  readonly run: BenchRun;
  readonly linode: LinodeClient;
  readonly region: ScratchRegion;
}

/**
 * Times how a region gets its Vault, from the moment its nodes are Ready: by `pulumi up`, and then by a script on another
 * fresh cluster of the same kind, which uses helm, kubectl and vault for the same charts, values, policies and roles.
 * @throws Error if the sandbox's clusters are given ones: it needs two more.
 */
export async function benchVaultBirth(args: BenchArgs, run: BenchRun): Promise<Findings> {
  const { folder, environment, pulumi } = args;
  if ((readClusterSource(folder)?.kubeconfigs ?? []).length > 0) {
    throw new Error(
      "it needs a cluster of its own, and this sandbox works on given ones. Measure it on a sandbox with local clusters: " +
        "SANDBOX_STATE=<another folder> make sandbox bench",
    );
  }
  const {
    LINODE_URL: url = "",
    LINODE_TOKEN: token = "",
    VAULT_FEDERATION_PROJECT: project = "",
  } = environment;
  const linode = new LinodeClient(url, token);
  const region = new ScratchRegion({ folder, project, pulumi, linode });
  const birth: Birth = { args, run, linode, region };
  await region.remove(run);
  try {
    await region.prepare();
    const byProgram = await timeProgram(birth);
    const byScript = await timeScript(birth);
    return {
      measurements: [
        { subject: "pulumi up", unit: "s", values: [byProgram] },
        { subject: "helm, kubectl and vault by script", unit: "s", values: [byScript] },
      ],
      conditions: [
        "from Ready nodes to Vault's last policy and role, each on a fresh cluster beside the sandbox's two, with warm " +
          "images. Both install cert-manager, Vault and both operators; `pulumi up` also hands the key shares over to " +
          "the operators' keys and revokes the root token only then.",
      ],
    };
  } finally {
    await region.remove(run);
  }
}

/** Brings the region up as `make sandbox` does, and leaves in the bench's folder what the script needs to do the same. */
async function timeProgram({ args, run, region }: Birth): Promise<number> {
  const { pulumi } = args;
  const { signal, report } = run;
  const document = await hubConfiguration(args);
  document.setIn(["config", "vault-federation:cluster", "label"], region.label);
  for (const linked of ["peers", "secrets", "delivery"]) {
    document.deleteIn(["config", `vault-federation:${linked}`]);
  }
  document.deleteIn(["config", "vault-federation:vault", "consumers"]);
  document.delete("encryptionsalt");
  await writeFile(region.configuration, document.toString());
  await pulumi.run(["stack", "init", region.stack, "--no-select"], { signal });
  await pulumi.run(["up", "--yes", "--skip-preview", "--stack", region.stack], { signal, onLine: report });
  signal.throwIfAborted();
  const resources = await stateResources(pulumi, region.stack);
  await keepForScript(args, region, resources, signal);
  const seconds = (lastCreated(resources, /^vault:/) - lastCreated(resources, /:NodeReadiness$/)) / 1_000;
  // The script is to run beside as many clusters as the program did.
  await region.removeClusters(run);
  return seconds;
}

/** When the last resource of a type was complete, in milliseconds since 1970. */
function lastCreated(resources: readonly StateResource[], type: RegExp): number {
  return Math.max(
    ...resources
      .filter((resource) => type.test(resource.type))
      .map(({ created = "" }) => Date.parse(created)),
  );
}

async function keepForScript(
  { pulumi, environment }: BenchArgs,
  region: ScratchRegion,
  resources: readonly StateResource[],
  signal: AbortSignal,
): Promise<void> {
  const kubeconfig = region.file("kubeconfig");
  const output = ["stack", "output", "kubeconfig", "--show-secrets", "--stack", region.stack];
  await writeFile(kubeconfig, await pulumi.run(output, { signal }), { mode: 0o600 });
  for (const release of releases) {
    const {
      exitCode,
      stdout,
      output: said,
    } = await runCommand(
      "helm",
      ["get", "values", release, "--namespace", release, "--output", "json"],
      { folder: region.file("."), environment: { ...environment, KUBECONFIG: kubeconfig } },
      { signal },
    );
    if (exitCode !== 0) {
      throw new Error(`helm can't say which values release ${release} has:\n\n${said}`);
    }
    await writeFile(region.file(`${release}.json`), stdout);
  }
  for (const { type, inputs = {} } of resources) {
    if (type === "vault:index/policy:Policy") {
      await writeFile(region.file(`${String(inputs.name)}.hcl`), String(inputs.policy));
    } else if (type === "vault:kubernetes/authBackendRole:AuthBackendRole") {
      await writeFile(region.file(`${String(inputs.roleName)}.role`), JSON.stringify(asVaultNames(inputs)));
    }
  }
}

/** Vault's own API calls what Pulumi calls `tokenTtl` `token_ttl`. */
export function asVaultNames(inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([name]) => !name.startsWith("__") && name !== "backend" && name !== "roleName")
      .map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
  );
}

async function timeScript({ args, run, linode, region }: Birth): Promise<number> {
  const { signal, report } = run;
  const config = await hubConfiguration(args);
  const setting = (...path: string[]): string => String(config.getIn(["config", ...path]));
  const cluster = (name: string): string => setting("vault-federation:cluster", name);
  const chart = (name: string): string => setting("vault-federation:charts", name, "version");
  const id = await linode.createCluster(region.label, cluster("region"), cluster("kubernetesVersion"), 3);
  await linode.waitForNodes(
    (missing) => `the nodes ${missing} did not become Ready; look at the sandbox's logs/daemon.log`,
    { signal, report },
  );
  const kubeconfig = region.file("kubeconfig");
  await writeFile(kubeconfig, await linode.kubeconfig(id), { mode: 0o600 });
  const start = performance.now();
  const { exitCode, output } = await runCommand(
    byHand,
    [],
    {
      folder: region.file("."),
      environment: {
        ...args.environment,
        KUBECONFIG: kubeconfig,
        CHARTS: setting("vault-federation:charts", "mirror"),
        CERT_MANAGER_VERSION: chart("certManager"),
        VAULT_VERSION: chart("vault"),
        VAULT_SECRETS_OPERATOR_VERSION: chart("vaultSecretsOperator"),
        EXTERNAL_SECRETS_VERSION: chart("externalSecrets"),
      },
    },
    { signal, onLine: report },
  );
  signal.throwIfAborted();
  if (exitCode !== 0) {
    throw new Error(`the script ended with ${String(exitCode)}:\n\n${output}`);
  }
  return (performance.now() - start) / 1_000;
}

async function hubConfiguration({ environment }: BenchArgs): Promise<Document> {
  const file = join(environment.VAULT_FEDERATION_PROJECT ?? "", "Pulumi.hub.yaml");
  return parseDocument(await readFile(file, "utf8"));
}
