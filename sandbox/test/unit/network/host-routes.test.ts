import assert from "node:assert/strict";
import { it } from "node:test";
import { parseRoutes } from "../../../network/host-routes.ts";

it("reads networks and single addresses with their interface, and leaves out what owns no address", () => {
  const output = JSON.stringify([
    { dst: "default", gateway: "192.0.2.1", dev: "eth0", flags: [] },
    { dst: "192.0.2.0/24", dev: "eth0", protocol: "kernel", scope: "link", prefsrc: "192.0.2.2", flags: [] },
    { type: "local", dst: "192.0.2.2", dev: "eth0", table: "local", flags: [] },
    { type: "blackhole", dst: "10.70.0.0/16", flags: [] },
  ]);
  assert.deepEqual(parseRoutes(output), [
    { range: { first: "192.0.2.0", prefix: 24 }, device: "eth0" },
    { range: { first: "192.0.2.2", prefix: 32 }, device: "eth0" },
  ]);
});

it("takes no output for no routes", () => {
  assert.deepEqual(parseRoutes(""), []);
});
