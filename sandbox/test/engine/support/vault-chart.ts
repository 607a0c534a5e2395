import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments, stringify } from "yaml";
import type { Properties } from "../../../plugins/frame/values.ts";
import type { KubernetesObject } from "../../../plugins/kubernetes/api/kubernetes-object.ts";
import { runCommand } from "../../../tools/command.ts";
import { toolUnderTest } from "./api-server.ts";

const chart = fileURLToPath(new URL("../../../charts/vault", import.meta.url));

/** Values that the program sets. Its own tests keep the file up to date. */
export async function programValues(
  file: "vault-values.yaml" | "vault-values-kms.yaml",
): Promise<Properties> {
  const golden = new URL(`../../../../test/unit/golden/${file}`, import.meta.url);
  return parse(await readFile(golden, "utf8")) as Properties;
}

/**
 * Has helm render the sandbox's chart of Vault.
 * @returns The objects by kind and name, such as `Service vault-active`.
 * @throws Error with what helm says if it refuses the values.
 */
export async function renderVaultChart(
  values: Properties,
  { release = "vault", namespace = "vault" }: { readonly release?: string; readonly namespace?: string } = {},
): Promise<Record<string, KubernetesObject>> {
  const folder = await mkdtemp(join(tmpdir(), "vault-chart-"));
  try {
    const file = join(folder, "values.yaml");
    await writeFile(file, stringify(values));
    const { code, stdout, stderr } = await runCommand(toolUnderTest("helm"), [
      "template",
      release,
      chart,
      "--namespace",
      namespace,
      "--values",
      file,
    ]);
    if (code !== 0) {
      throw new Error(stderr.trim());
    }
    const objects = parseAllDocuments(stdout).map((document) => document.toJS() as KubernetesObject);
    return Object.fromEntries(objects.map((object) => [`${object.kind} ${object.metadata.name}`, object]));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
