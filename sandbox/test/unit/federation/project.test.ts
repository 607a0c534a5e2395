import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

import { parse } from "yaml";

import { writeProject } from "../../../federation/project.ts";

const checkout = fileURLToPath(new URL("../../../..", import.meta.url));

test("Each stack gets its own cluster's version and, if the nodes are given, their number", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  context.after(() => rm(folder, { recursive: true }));
  await writeProject(folder, checkout, {
    clusters: {
      hub: { kubernetesVersion: "1.36" },
      edge: { kubernetesVersion: "1.34", readyNodes: 1 },
    },
    chartMirror: "http://127.0.0.1:1",
    chartVersions: {},
  });
  const clusters = await Promise.all(
    [
      join(checkout, "Pulumi.hub.yaml"),
      join(folder, "Pulumi.hub.yaml"),
      join(folder, "Pulumi.edge.yaml"),
    ].map(async (file) => {
      const { config } = parse(await readFile(file, "utf8")) as { config: Record<string, unknown> };
      const cluster = config["vault-federation:cluster"];
      const { kubernetesVersion, systemPool } = cluster as {
        kubernetesVersion: string;
        systemPool: { count: number };
      };
      return { kubernetesVersion, count: systemPool.count };
    }),
  );
  const [shipped, hub, edge] = clusters;
  assert.deepEqual(hub, { kubernetesVersion: "1.36", count: shipped?.count });
  assert.deepEqual(edge, { kubernetesVersion: "1.34", count: 1 });
});
