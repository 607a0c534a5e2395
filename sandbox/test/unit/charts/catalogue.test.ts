import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { charts, chartsOf } from "../../../charts/catalogue.ts";
import { toolsOf } from "../../../tools/catalogue.ts";

test("the repository has the charts that the program installs", () => {
  assert.deepEqual(
    charts.map(({ name, version }) => [name, version]),
    [
      ["cert-manager", "v1.11.5"],
      ["vault", "0.32.0"],
      ["vault-secrets-operator", "0.10.0"],
      ["external-secrets", "0.20.4"],
    ],
  );
});

test("a sandbox without Vault serves cert-manager's chart only, one with Vault serves all", () => {
  const names = (vault: boolean): string[] => chartsOf(toolsOf({ vault })).map(({ name }) => name);
  assert.deepEqual(names(false), ["cert-manager"]);
  assert.deepEqual(names(true), ["cert-manager", "vault", "vault-secrets-operator", "external-secrets"]);
});

for (const chart of charts) {
  if ("folder" in chart) {
    test(`the chart ${chart.name} in its folder has the name and the version of the catalogue`, async () => {
      const { name, version } = parse(await readFile(join(chart.folder, "Chart.yaml"), "utf8")) as {
        name: unknown;
        version: unknown;
      };
      assert.deepEqual([name, version], [chart.name, chart.version]);
    });
  }
}
