import assert from "node:assert/strict";
import { mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { assembleExternalSecrets } from "../../../charts/external-secrets.ts";
import { temporaryFolder } from "../tools/support.ts";
import { writeModule } from "./support.ts";

function definition(kind: string): string {
  return (
    "kind: CustomResourceDefinition\nmetadata:\n  annotations:\n    generated: by a tool\n" +
    `spec:\n  names:\n    kind: ${kind}\n    singular: ${kind.toLowerCase()}\n` +
    "  description: |-\n    annotations:\n      are explained here\n"
  );
}

const kinds = ["ClusterSecretStore", "ExternalSecret", "PushSecret"] as const;

const files = {
  "deploy/charts/external-secrets/Chart.yaml":
    'name: external-secrets\nversion: "0.20.3"\nappVersion: "v0.20.3"\nkubeVersion: ">= 1.19.0-0"\n' +
    "dependencies:\n  - name: bitwarden-sdk-server\n    version: v0.5.1\n",
  "deploy/charts/external-secrets/Chart.lock": "dependencies: []\n",
  "deploy/charts/external-secrets/.helmignore": "ci/\n",
  "deploy/charts/external-secrets/values.yaml": "installCRDs: true\n",
  "deploy/charts/external-secrets/templates/deployment.yaml": "kind: Deployment\n",
  "deploy/charts/external-secrets/templates/crds/README.md": "Made by the release.\n",
  "deploy/crds/bundle.yaml": kinds.map(definition).join("---\n"),
};

/** Assembles a chart from a module with the files that the operator's has. */
async function assemble(context: TestContext): Promise<string> {
  const folder = await temporaryFolder(context);
  const target = join(folder, "target");
  await writeModule(join(folder, "source"), files);
  await mkdir(target);
  await assembleExternalSecrets(join(folder, "source"), target, "0.20.4");
  return target;
}

/** What a template must be for a kind that is installed under a condition. */
function template(kind: string, condition: string): string {
  const [head = "", tail = ""] = definition(kind).split("    generated: by a tool\n");
  return (
    `{{- if ${condition} }}\n${head}` +
    "    {{- with .Values.crds.annotations }}\n    {{- toYaml . | nindent 4}}\n    {{- end }}\n" +
    "    {{- if and .Values.crds.conversion.enabled .Values.webhook.certManager.enabled " +
    ".Values.webhook.certManager.addInjectorAnnotations }}\n" +
    '    cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "external-secrets.fullname" . }}-webhook\n' +
    `    {{- end }}\n    generated: by a tool\n${tail}{{- end }}\n`
  );
}

test("the chart has the files of the module and a template for each custom resource definition", async (context) => {
  const target = await assemble(context);
  assert.deepEqual((await readdir(target, { recursive: true })).sort(), [
    ".helmignore",
    "Chart.yaml",
    "templates",
    "templates/crds",
    "templates/crds/README.md",
    "templates/crds/clustersecretstore.yaml",
    "templates/crds/externalsecret.yaml",
    "templates/crds/pushsecret.yaml",
    "templates/deployment.yaml",
    "values.yaml",
  ]);
});

test("Chart.yaml has the versions of the release and no dependency that would have to be fetched", async (context) => {
  const target = await assemble(context);
  assert.equal(
    await readFile(join(target, "Chart.yaml"), "utf8"),
    'name: external-secrets\nversion: "0.20.4"\nappVersion: "v0.20.4"\nkubeVersion: ">= 1.19.0-0"\n',
  );
});

for (const [kind, condition] of [
  ["ExternalSecret", ".Values.installCRDs"],
  ["ClusterSecretStore", "and (.Values.installCRDs) (.Values.crds.createClusterSecretStore)"],
  ["PushSecret", "and (.Values.installCRDs) (.Values.crds.createPushSecret)"],
] as const) {
  test(`the definition of ${kind} is installed if ${condition}, with the annotations of the values`, async (context) => {
    const target = await assemble(context);
    const file = join(target, "templates", "crds", `${kind.toLowerCase()}.yaml`);
    assert.equal(await readFile(file, "utf8"), template(kind, condition));
  });
}
