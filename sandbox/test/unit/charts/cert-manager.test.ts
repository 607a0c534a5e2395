import assert from "node:assert/strict";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { assembleCertManager } from "../../../charts/cert-manager.ts";
import { charts } from "../../../charts/catalogue.ts";
import { temporaryFolder } from "../tools/support.ts";
import { writeModule } from "./support.ts";

const files = {
  "deploy/charts/cert-manager/Chart.template.yaml":
    "name: cert-manager\n# set by the release tool\nversion: v0.1.0\nappVersion: v0.1.0\nannotations:\n" +
    '  artifacthub.io/prerelease: "{{IS_PRERELEASE}}"\n',
  "deploy/charts/cert-manager/README.template.md":
    "Install {{RELEASE_VERSION}}, that is {{RELEASE_VERSION}}.\n",
  "deploy/charts/cert-manager/signkey_annotation.txt": "fingerprint: 1\nurl: https://cert-manager.io\n",
  "deploy/charts/cert-manager/values.yaml": "installCRDs: false\n",
  "deploy/charts/cert-manager/templates/deployment.yaml": "kind: Deployment\n",
  "deploy/charts/cert-manager/templates/_helpers.tpl": "{{/* helpers */}}\n",
  "deploy/crds/README.md": "not a definition\n",
  "deploy/crds/crd-issuers.yaml": "name: issuers\n",
  "deploy/crds/crd-certificates.yaml": "name: certificates\n",
};

/** Assembles a chart from a module with the files that cert-manager's has. */
async function assemble(context: TestContext): Promise<string> {
  const folder = await temporaryFolder(context);
  const source = join(folder, "source");
  await writeModule(source, files);
  const target = join(folder, "target");
  await mkdir(target);
  await assembleCertManager(source, target, "v1.11.5");
  return target;
}

test("the chart has the files of the published one, and they can be written", async (context) => {
  const target = await assemble(context);
  const entries = await readdir(target, { recursive: true });
  assert.deepEqual(entries.sort(), [
    "Chart.yaml",
    "README.md",
    "templates",
    "templates/_helpers.tpl",
    "templates/crds.yaml",
    "templates/deployment.yaml",
    "values.yaml",
  ]);
  await writeFile(join(target, "values.yaml"), "");
});

test("the custom resource definitions are a template behind installCRDs, in the order of their names", async (context) => {
  const target = await assemble(context);
  assert.equal(
    await readFile(join(target, "templates", "crds.yaml"), "utf8"),
    "{{- if .Values.installCRDs }}\nname: certificates\n---\nname: issuers\n{{- end }}\n",
  );
});

test("Chart.yaml and the README have the version", async (context) => {
  const target = await assemble(context);
  assert.equal(
    await readFile(join(target, "Chart.yaml"), "utf8"),
    "name: cert-manager\n# set by the release tool\nversion: v1.11.5\nappVersion: v1.11.5\nannotations:\n" +
      '  artifacthub.io/prerelease: "false"\n' +
      "  artifacthub.io/signKey: |\n    fingerprint: 1\n    url: https://cert-manager.io\n",
  );
  assert.equal(await readFile(join(target, "README.md"), "utf8"), "Install v1.11.5, that is v1.11.5.\n");
});

test("cert-manager's chart has the version of its images", () => {
  const chart = charts.find(({ name }) => name === "cert-manager");
  assert.ok(chart !== undefined && "module" in chart);
  assert.deepEqual([chart.version, chart.module], ["v1.11.5", "github.com/cert-manager/cert-manager"]);
});
