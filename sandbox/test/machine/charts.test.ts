import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { parseAllDocuments } from "yaml";
import { buildCharts } from "../../charts/build.ts";
import { charts } from "../../charts/catalogue.ts";
import { chartRepository } from "../../charts/repository.ts";
import { images } from "../../images/catalogue.ts";
import { acquireTools } from "../../tools/acquire.ts";
import { runCommand } from "../../tools/command.ts";
import type { Toolbox } from "../../tools/toolbox.ts";

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly versions?: readonly { readonly name: string; readonly served: boolean }[] };
}

describe("the chart repository", () => {
  let folder: string;
  let toolbox: Toolbox;
  let server: Server;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "vfed-charts-"));
    toolbox = await acquireTools(["helm"]);
    await buildCharts(join(folder, "charts"), { toolbox });
    server = chartRepository(join(folder, "charts")).listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  after(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  });

  const helm = async (...helmArguments: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCommand(toolbox.program("helm"), helmArguments, {
      env: { HOME: folder, PATH: process.env.PATH },
    });
    assert.equal(code, 0, `${stdout}${stderr}`);
    return stdout;
  };
  const source = (chart: string): string[] => {
    const definition = charts.find(({ name }) => name === chart);
    assert.ok(definition);
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    return [chart, "--repo", url, "--version", definition.version];
  };
  const render = (chart: string, ...values: string[]): Promise<string> =>
    helm("template", "release", ...source(chart), "--skip-tests", "--include-crds", ...values);
  /** The custom resource definitions of a rendered chart, with the versions of each that are served. */
  const definitions = (text: string): Record<string, string[]> => {
    const manifests = parseAllDocuments(text).map((document) => document.toJS() as Manifest | null);
    return Object.fromEntries(
      manifests
        .filter((manifest) => manifest !== null)
        .filter(({ kind }) => kind === "CustomResourceDefinition")
        .map(({ metadata, spec }) => [
          metadata.name,
          (spec.versions ?? []).filter(({ served }) => served).map(({ name }) => name),
        ]),
    );
  };

  for (const [chart, version, appVersion, asked] of [
    ["cert-manager", "v1.11.5", "v1.11.5", 4],
    ["vault-secrets-operator", "0.10.0", "0.10.0", 2],
    ["external-secrets", "0.20.4", "v0.20.4", 1],
  ] as const) {
    test(`has ${chart} ${version}, which helm finds nothing wrong with and whose images there are`, async () => {
      const shown = parseAllDocuments(await helm("show", "chart", ...source(chart)))[0]?.toJS() as object;
      assert.deepEqual({ ...shown, version, appVersion }, shown);

      await helm("pull", ...source(chart), "--untar", "--untardir", join(folder, "pulled"));
      await helm("lint", join(folder, "pulled", chart));

      const available = images.map(({ reference }) => reference);
      const references = [...(await render(chart)).matchAll(/ image: "?([^"\s]+)/g)].map(
        ([, reference = ""]) => (/^[^/]+\.[^/]+\//.test(reference) ? reference : `docker.io/${reference}`),
      );
      assert.equal(new Set(references).size, asked);
      assert.deepEqual(
        references.filter((reference) => !available.includes(reference)),
        [],
      );
    });
  }

  test("has every chart of the catalogue and nothing else", async () => {
    const packages = (await readdir(join(folder, "charts"))).filter((name) => name.endsWith(".tgz"));
    assert.deepEqual(packages.sort(), charts.map(({ name, version }) => `${name}-${version}.tgz`).sort());
  });

  test("cert-manager brings its definitions if it is told to", async () => {
    assert.deepEqual(definitions(await render("cert-manager")), {});
    assert.deepEqual(definitions(await render("cert-manager", "--set", "installCRDs=true")), {
      "certificaterequests.cert-manager.io": ["v1"],
      "certificates.cert-manager.io": ["v1"],
      "challenges.acme.cert-manager.io": ["v1"],
      "clusterissuers.cert-manager.io": ["v1"],
      "issuers.cert-manager.io": ["v1"],
      "orders.acme.cert-manager.io": ["v1"],
    });
  });

  test("the Vault Secrets Operator brings its definitions", async () => {
    assert.deepEqual(definitions(await render("vault-secrets-operator")), {
      "hcpauths.secrets.hashicorp.com": ["v1beta1"],
      "hcpvaultsecretsapps.secrets.hashicorp.com": ["v1beta1"],
      "secrettransformations.secrets.hashicorp.com": ["v1beta1"],
      "vaultauthglobals.secrets.hashicorp.com": ["v1beta1"],
      "vaultauths.secrets.hashicorp.com": ["v1beta1"],
      "vaultconnections.secrets.hashicorp.com": ["v1beta1"],
      "vaultdynamicsecrets.secrets.hashicorp.com": ["v1beta1"],
      "vaultpkisecrets.secrets.hashicorp.com": ["v1beta1"],
      "vaultstaticsecrets.secrets.hashicorp.com": ["v1beta1"],
    });
  });

  test("the External Secrets Operator brings its definitions, except those that the values leave out", async () => {
    const all = definitions(await render("external-secrets"));
    assert.equal(Object.keys(all).length, 23);
    const own = Object.entries(all).filter(([name]) => !name.includes(".generators."));
    assert.deepEqual(Object.fromEntries(own), {
      "clusterexternalsecrets.external-secrets.io": ["v1"],
      "clusterpushsecrets.external-secrets.io": ["v1alpha1"],
      "clustersecretstores.external-secrets.io": ["v1"],
      "externalsecrets.external-secrets.io": ["v1"],
      "pushsecrets.external-secrets.io": ["v1alpha1"],
      "secretstores.external-secrets.io": ["v1"],
    });
    assert.deepEqual(all["vaultdynamicsecrets.generators.external-secrets.io"], ["v1alpha1"]);

    const fewer = definitions(await render("external-secrets", "--set", "crds.createPushSecret=false"));
    assert.deepEqual(
      Object.keys(all).filter((name) => !(name in fewer)),
      ["pushsecrets.external-secrets.io"],
    );
    assert.deepEqual(definitions(await render("external-secrets", "--set", "installCRDs=false")), {});
  });
});
