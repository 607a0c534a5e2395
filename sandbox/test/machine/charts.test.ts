import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { buildCharts } from "../../charts/build.ts";
import { chartRepository } from "../../charts/repository.ts";
import { images } from "../../images/catalogue.ts";
import { acquireTools } from "../../tools/acquire.ts";
import { runCommand } from "../../tools/command.ts";
import { listen, temporaryFolder } from "../unit/tools/support.ts";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

test("helm renders cert-manager from the repository, with definitions and with images that there are", async (context) => {
  const folder = await temporaryFolder(context);
  const toolbox = await acquireTools(["helm"]);
  await buildCharts(join(folder, "charts"), { toolbox });
  const url = await listen(context, chartRepository(join(folder, "charts")));
  const helm = async (...helmArguments: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCommand(
      toolbox.program("helm"),
      [...helmArguments, "cert-manager", "--repo", url, "--version", "v1.11.5"],
      { env: { HOME: folder, PATH: process.env.PATH } },
    );
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const render = async (installDefinitions: boolean): Promise<{ text: string; definitions: string[] }> => {
    const text = await helm("template", "release", "--set", `installCRDs=${String(installDefinitions)}`);
    const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest | null);
    const definitions = manifests.filter((manifest) => manifest?.kind === "CustomResourceDefinition");
    return { text, definitions: definitions.map((manifest) => manifest?.metadata.name ?? "") };
  };

  const chart = await helm("show", "chart");
  assert.match(chart, /^version: v1\.11\.5$/m);
  assert.match(chart, /^appVersion: v1\.11\.5$/m);

  assert.deepEqual((await render(false)).definitions, []);
  const { text, definitions } = await render(true);
  assert.deepEqual(definitions.sort(), [
    "certificaterequests.cert-manager.io",
    "certificates.cert-manager.io",
    "challenges.acme.cert-manager.io",
    "clusterissuers.cert-manager.io",
    "issuers.cert-manager.io",
    "orders.acme.cert-manager.io",
  ]);
  const available = new Set(images.map(({ reference }) => reference));
  const asked = new Set([...text.matchAll(/image: "([^"]+)"/g)].map(([, reference]) => reference ?? ""));
  assert.equal(asked.size, 4);
  assert.deepEqual(
    [...asked].filter((reference) => !available.has(reference)),
    [],
  );
});
