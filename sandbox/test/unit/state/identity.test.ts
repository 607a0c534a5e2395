import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import type { HostRoute } from "../../../network/host-routes.ts";
import { StateFolder } from "../../../state/folder.ts";
import {
  assertPortsFree,
  chooseOctet,
  hostDevice,
  loadIdentity,
  occupiedRanges,
  sandboxId,
  type Identity,
} from "../../../state/identity.ts";
import { Neighbours } from "../../../state/neighbours.ts";

function route(first: string, prefix: number, device = "eth0"): HostRoute {
  return { range: { first, prefix }, device };
}

describe("the choice of an octet", () => {
  for (const [description, id, routes, octet] of [
    ["follows from the id", "00000005", [], 69],
    ["steps over a range that a route overlaps", "00000005", [route("10.69.3.0", 24)], 70],
    ["steps over a range that lies in a bigger one", "00000005", [route("10.64.0.0", 12)], 80],
    ["goes on at the beginning after the last one", "0000003f", [route("10.127.0.0", 16)], 64],
    [
      "takes no notice of the sandbox's own interface",
      "00000005",
      [route("10.69.0.0", 16, "vfed00000005")],
      69,
    ],
    ["takes no notice of other ranges", "00000005", [route("192.168.0.0", 16)], 69],
  ] as const) {
    it(description, async () => {
      assert.equal(chooseOctet(id, await occupiedRanges(id, routes, [])), octet);
    });
  }

  it("says what to do when every range is taken", async () => {
    const occupied = await occupiedRanges("00000005", [route("10.0.0.0", 8)], []);
    assert.throws(() => chooseOctet("00000005", occupied), /No address range is left.*`ip route`/);
  });
});

describe("the identity of a sandbox", () => {
  let parent: string;
  let folder: StateFolder;
  const load = (which: StateFolder, routes: readonly HostRoute[] = []): Promise<Identity> =>
    loadIdentity(which, { routes, neighbours: new Neighbours(join(parent, "shared", "sandboxes.json")) });

  before(async () => {
    parent = await mkdtemp(join(tmpdir(), "vfed-unit-"));
  });
  after(async () => {
    await rm(parent, { recursive: true });
  });
  beforeEach(async () => {
    folder = new StateFolder(await mkdtemp(join(parent, "state-")));
  });

  it("has an interface name that Linux accepts", async () => {
    const id = await sandboxId(folder);
    assert.match(id, /^[0-9a-f]{8}$/);
    assert.ok(hostDevice(id).length <= 15);
  });

  it("is the same through a symbolic link, and another one in another folder", async () => {
    const link = join(parent, `link-${await sandboxId(folder)}`);
    await symlink(folder.root, link);
    assert.equal(await sandboxId(new StateFolder(link)), await sandboxId(folder));
    assert.notEqual(await sandboxId(new StateFolder(parent)), await sandboxId(folder));
  });

  it("is known, and nothing is made, when the state folder is gone", async () => {
    const id = await sandboxId(folder);
    const link = join(parent, `link-to-parent-${id}`);
    await symlink(parent, link);
    await rm(folder.root, { recursive: true });
    assert.equal(await sandboxId(folder), id);
    assert.equal(await sandboxId(new StateFolder(join(link, basename(folder.root)))), id);
    assert.equal(existsSync(folder.root), false);
  });

  it("stays the same, and is recorded", async () => {
    const identity = await load(folder);
    assert.notEqual(identity.ports.charts, identity.ports.linodeApi);
    assert.deepEqual(await load(folder), identity);
    assert.deepEqual(JSON.parse(await readFile(folder.identity, "utf8")), identity);
  });

  it("is made anew when the state folder was copied", async () => {
    const identity = await load(folder);
    await writeFile(folder.identity, JSON.stringify({ ...identity, id: "ffffffff", octet: 127 }));
    const { id, octet } = await load(folder);
    assert.deepEqual({ id, octet }, { id: identity.id, octet: identity.octet });
  });

  it("gets another range without clusters, but keeps its ports", async () => {
    const first = await load(folder);
    const second = await load(folder, [route(`10.${String(first.octet)}.0.0`, 16)]);
    assert.notEqual(second.octet, first.octet);
    assert.deepEqual(second.ports, first.ports);
  });

  it("refuses a range that is in use once there are clusters", async () => {
    const { octet } = await load(folder);
    await mkdir(join(folder.clusters, "1000"), { recursive: true });
    const range = `10.${String(octet)}.0.0`;
    await assert.rejects(load(folder, [route(range, 16, "tun0")]), {
      message:
        `The sandbox's address range ${range}/16 overlaps with ${range}/16, which this machine now reaches through tun0. ` +
        "Remove that route, or run `make sandbox-down`: the next start chooses another range.",
    });
  });

  /** Another sandbox that would choose the same range if it were alone. */
  async function rival(identity: Identity): Promise<StateFolder> {
    for (;;) {
      const other = new StateFolder(await mkdtemp(join(parent, "state-")));
      if (chooseOctet(await sandboxId(other), []) === identity.octet) {
        return other;
      }
    }
  }

  it("has another range than a sandbox that does not run, until that is gone", async () => {
    const stopped = await load(folder);
    const other = await rival(stopped);
    assert.notEqual((await load(other)).octet, stopped.octet);
    assert.deepEqual(await load(folder), stopped);

    await rm(folder.root, { recursive: true });
    const third = await rival(stopped);
    assert.equal((await load(third)).octet, stopped.octet);
  });

  it("has a range of its own if several sandboxes are made at the same time", async () => {
    const first = await load(folder);
    const others = await Promise.all(Array.from({ length: 4 }, () => rival(first)));
    const identities = await Promise.all(others.map((other) => load(other)));
    assert.equal(new Set([first, ...identities].map(({ octet }) => octet)).size, 5);
  });

  it("refuses a range that another sandbox has recorded as well once there are clusters, and names that one", async () => {
    const identity = await load(folder);
    await mkdir(join(folder.clusters, "1000"), { recursive: true });
    const other = await rival(identity);
    const { id, ports } = await load(other);
    await writeFile(other.identity, JSON.stringify({ id, ports, octet: identity.octet }));
    const range = `10.${String(identity.octet)}.0.0/16`;
    await assert.rejects(load(folder), {
      message:
        `The sandbox's address range ${range} overlaps with ${range}, which the sandbox in ${other.root} has. ` +
        "Run `make sandbox-down` for one of the two: the next start chooses another range.",
    });
  });

  it("is not kept from its range by a neighbour whose record is damaged, or was copied from its own", async () => {
    const identity = await load(folder);
    for (const text of ["{", JSON.stringify(identity)]) {
      const other = await rival(identity);
      await load(other);
      await writeFile(other.identity, text);
      assert.deepEqual(await load(folder), identity);
    }
  });

  it("names the file if its record is damaged", async () => {
    await writeFile(folder.identity, "{");
    await assert.rejects(load(folder), new RegExp(`${folder.identity} is not JSON.*make sandbox-down`));
  });

  it("names a port that another process holds, its server, and how to find who", async () => {
    const identity = await load(folder);
    await assertPortsFree(identity, folder);
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const taken = { ...identity, ports: { ...identity.ports, charts: port } };
    await assert.rejects(
      assertPortsFree(taken, folder),
      new RegExp(`Port ${String(port)} of 127.0.0.1.*"charts".*ss -ltnp 'sport = :${String(port)}'`),
    );
    server.close();
  });
});
