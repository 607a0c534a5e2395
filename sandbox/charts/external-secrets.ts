import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAllDocuments, parseDocument } from "yaml";
import { copyFolder } from "./copy.ts";

/** Templates that each custom resource definition gets among its annotations. */
const annotations = `    {{- with .Values.crds.annotations }}
    {{- toYaml . | nindent 4}}
    {{- end }}
    {{- if and .Values.crds.conversion.enabled .Values.webhook.certManager.enabled .Values.webhook.certManager.addInjectorAnnotations }}
    cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "external-secrets.fullname" . }}-webhook
    {{- end }}
`;

/**
 * Puts the chart of the External Secrets Operator together from its Go module as its own release build does
 * (hack/helm.generate.sh and `helm.update.appversion` in its Makefile, 0.20): the custom resource definitions become
 * templates behind the values that choose among them, and Chart.yaml gets the versions. Without the dependency
 * bitwarden-sdk-server, which is off by default and only to be had from a registry.
 * @param source Absolute path of the module's files.
 * @param target Absolute path of the empty folder that becomes the chart.
 * @param version Version of chart and application, without a leading v.
 */
export async function assembleExternalSecrets(
  source: string,
  target: string,
  version: string,
): Promise<void> {
  const chart = join(source, "deploy", "charts", "external-secrets");
  await copyFolder(chart, target, (file) => file !== "Chart.lock");
  await writeFile(join(target, "Chart.yaml"), await chartYaml(chart, version));
  await mkdir(join(target, "templates", "crds"), { recursive: true });
  const bundle = await readFile(join(source, "deploy", "crds", "bundle.yaml"), "utf8");
  for (const { name, template } of definitions(bundle)) {
    await writeFile(join(target, "templates", "crds", `${name}.yaml`), template);
  }
}

async function chartYaml(chart: string, version: string): Promise<string> {
  const document = parseDocument(await readFile(join(chart, "Chart.yaml"), "utf8"));
  document.set("version", version);
  document.set("appVersion", `v${version}`);
  document.delete("dependencies");
  return document.toString();
}

/** The templates of the custom resource definitions in a bundle, and what each defines in the singular. */
function definitions(bundle: string): { readonly name: string; readonly template: string }[] {
  return parseAllDocuments(bundle).map((document) => {
    const { spec } = document.toJS() as { spec: { names: { kind: string; singular: string } } };
    const { kind, singular } = spec.names;
    // As text, so that every definition stays as it was generated.
    const [start, end] = document.range;
    const text = bundle.slice(start, end).replace(/^---\n/, "");
    const annotated = text.replace(/^ {2}annotations:\n/m, (line) => `${line}${annotations}`);
    return { name: singular, template: `{{- if ${condition(kind)} }}\n${annotated.trimEnd()}\n{{- end }}\n` };
  });
}

function condition(kind: string): string {
  return /Cluster|PushSecret/.test(kind)
    ? `and (.Values.installCRDs) (.Values.crds.create${kind})`
    : ".Values.installCRDs";
}
