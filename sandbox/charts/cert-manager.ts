import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { copyFolder } from "./copy.ts";

/**
 * Puts cert-manager's chart together from its Go module as its own release build does (make/manifests.mk of cert-manager
 * 1.11): the custom resource definitions become a template behind `installCRDs`, Chart.yaml gets its versions, the README
 * its version.
 * @param source Absolute path of the module's files.
 * @param target Absolute path of the empty folder that becomes the chart.
 * @param version Version of chart and application, with the leading v that cert-manager's charts have.
 */
export async function assembleCertManager(source: string, target: string, version: string): Promise<void> {
  const chart = join(source, "deploy", "charts", "cert-manager");
  await copyFolder(chart, target, (file) => file === "values.yaml" || file.startsWith("templates/"));
  await writeFile(join(target, "Chart.yaml"), await chartYaml(chart, version));
  await writeFile(join(target, "templates", "crds.yaml"), await definitions(join(source, "deploy", "crds")));
  const readme = await readFile(join(chart, "README.template.md"), "utf8");
  await writeFile(join(target, "README.md"), readme.replaceAll("{{RELEASE_VERSION}}", version));
}

async function chartYaml(chart: string, version: string): Promise<string> {
  const document = parseDocument(await readFile(join(chart, "Chart.template.yaml"), "utf8"));
  document.set("version", version);
  document.set("appVersion", version);
  document.setIn(["annotations", "artifacthub.io/prerelease"], "false");
  document.setIn(
    ["annotations", "artifacthub.io/signKey"],
    await readFile(join(chart, "signkey_annotation.txt"), "utf8"),
  );
  return document.toString();
}

async function definitions(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".yaml")).sort();
  const documents = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  return `{{- if .Values.installCRDs }}\n${documents.join("---\n")}{{- end }}\n`;
}
