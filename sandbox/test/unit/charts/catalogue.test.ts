import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { charts } from "../../../charts/catalogue.ts";

test("the repository has the charts that the program installs", () => {
  assert.deepEqual(
    charts.map(({ name, version }) => [name, version]),
    [
      ["cert-manager", "v1.11.5"],
      ["vault", "0.32.0"],
    ],
  );
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
