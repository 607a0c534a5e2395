import assert from "node:assert/strict";
import { it } from "node:test";
import { LocalClusters } from "../../../cluster/local-clusters.ts";
import { StateFolder } from "../../../state/folder.ts";

it("holds as many clusters and nodes as the address plan has places for, and says so", () => {
  const clusters = new LocalClusters({
    identity: { id: "00000000", octet: 64, ports: { linodeApi: 1, charts: 2 } },
    folder: new StateFolder("/nowhere"),
    tools: { program: (name) => name },
    images: { registry: "", pause: "", coredns: "" },
    report: () => undefined,
  });
  assert.deepEqual([clusters.capacity, clusters.nodeCapacity], [8, 15]);
});
