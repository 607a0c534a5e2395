import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  addressAt,
  AddressPlan,
  addressNumber,
  cidr,
  controlPlaneSlot,
  maximumClusters,
  maximumNodes,
  overlaps,
  rangeSize,
  type AddressRange,
} from "../../../network/addresses.ts";

function range(text: string): AddressRange {
  const [first = "", prefix = ""] = text.split("/");
  return { first, prefix: Number(prefix) };
}

describe("an address plan", () => {
  const plan = new AddressPlan(100);

  it("gives every member of the sandbox an address of its own range", () => {
    assert.deepEqual(
      {
        range: cidr(plan.range),
        router: plan.router,
        host: plan.host,
        controlPlane: plan.machine(0, controlPlaneSlot),
        lastMachine: plan.machine(7, 15),
        firstBalancers: cidr(plan.loadBalancers(0)),
        lastBalancers: cidr(plan.loadBalancers(7)),
        firstPods: cidr(plan.pods(0)),
        lastPods: cidr(plan.pods(7)),
        nodePods: cidr(plan.nodePods(1, 3)),
        firstServices: cidr(plan.services(0)),
        lastServices: cidr(plan.services(7)),
        dns: plan.dns(1),
      },
      {
        range: "10.100.0.0/16",
        router: "10.100.0.1",
        host: "10.100.0.2",
        controlPlane: "10.100.0.16",
        lastMachine: "10.100.0.143",
        firstBalancers: "10.100.4.0/25",
        lastBalancers: "10.100.7.128/25",
        firstPods: "10.100.64.0/20",
        lastPods: "10.100.176.0/20",
        nodePods: "10.100.83.0/24",
        firstServices: "10.100.192.0/21",
        lastServices: "10.100.248.0/21",
        dns: "10.100.200.10",
      },
    );
  });

  it("never gives the same address to two", () => {
    const ranges = [plan.router, plan.host].map((first) => ({ first, prefix: 32 }));
    for (let cluster = 0; cluster < maximumClusters; cluster++) {
      ranges.push(plan.loadBalancers(cluster), plan.pods(cluster), plan.services(cluster));
      for (let slot = controlPlaneSlot; slot <= maximumNodes; slot++) {
        ranges.push({ first: plan.machine(cluster, slot), prefix: 32 });
      }
    }
    const clashes = ranges.flatMap((one, place) =>
      ranges
        .slice(place + 1)
        .flatMap((other) => (overlaps(one, other) ? [`${cidr(one)} ${cidr(other)}`] : [])),
    );
    assert.deepEqual(clashes, []);
    assert.deepEqual(
      ranges.filter((member) => !overlaps(member, plan.range)),
      [],
    );
  });

  it("puts the pods of a node into the range of its cluster's pods, apart from those of other nodes", () => {
    for (let slot = 1; slot <= maximumNodes; slot++) {
      assert.equal(overlaps(plan.nodePods(2, slot), plan.pods(2)), true);
      assert.equal(overlaps(plan.nodePods(2, slot), plan.nodePods(2, slot - 1)), false);
    }
    assert.equal(overlaps(plan.nodePods(2, maximumNodes), plan.pods(3)), false);
  });
});

describe("address arithmetic", () => {
  for (const [address, number] of [
    ["0.0.0.0", 0],
    ["10.64.0.1", 171966465],
    ["255.255.255.255", 4294967295],
  ] as const) {
    it(`counts ${address} as ${String(number)} and back`, () => {
      assert.equal(addressNumber(address), number);
      assert.equal(addressAt("0.0.0.0", number), address);
    });
  }

  it("carries over to the next octet", () => {
    assert.equal(addressAt("10.64.3.255", 1), "10.64.4.0");
  });

  it("knows how many addresses a range has", () => {
    assert.deepEqual([rangeSize(range("10.0.0.0/25")), rangeSize(range("10.0.0.7/32"))], [128, 1]);
  });

  for (const [one, other, expected] of [
    ["10.64.0.0/16", "10.64.200.0/24", true],
    ["10.64.200.0/24", "10.64.0.0/16", true],
    ["10.64.0.0/16", "10.65.0.0/16", false],
    ["10.64.0.0/16", "10.63.255.255/32", false],
    ["10.64.0.0/16", "10.64.255.255/32", true],
    ["10.0.0.0/8", "10.127.0.0/16", true],
    ["192.168.0.0/16", "10.64.0.0/16", false],
  ] as const) {
    it(`finds that ${one} and ${other} ${expected ? "overlap" : "don't overlap"}`, () => {
      assert.equal(overlaps(range(one), range(other)), expected);
    });
  }
});
