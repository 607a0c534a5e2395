import { createHash } from "node:crypto";
import { mkdir, readdir, realpath } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { basename, dirname, join } from "node:path";
import { AddressPlan, cidr, overlaps } from "../network/addresses.ts";
import type { HostRoute } from "../network/host-routes.ts";
import type { StateFolder } from "./folder.ts";
import { JsonFile } from "./json-file.ts";

const firstOctet = 64;
const octets = 64;

/** TCP ports of this machine's loopback address that a sandbox's servers listen on. */
export interface SandboxPorts {
  /** The emulated Linode API. */
  readonly linodeApi: number;
  /** The chart repository. */
  readonly charts: number;
}

/** What tells one sandbox of this machine from another. It never changes while the sandbox has clusters. */
export interface Identity {
  /** Eight hexadecimal digits that follow from the state folder's real path. */
  readonly id: string;
  /** Second octet of the sandbox's address range `10.<octet>.0.0/16`: 64 to 127. */
  readonly octet: number;
  readonly ports: SandboxPorts;
}

/** Name that everything the sandbox makes on this machine starts with. */
export function sandboxName(id: string): string {
  return `vfed-${id}`;
}

/** Name of the host's interface into the sandbox; Linux allows 15 characters. */
export function hostDevice(id: string): string {
  return `vfed${id}`;
}

/** Id of the sandbox in a state folder, which need not exist: what was made for one that is gone can still be found. */
export async function sandboxId(folder: StateFolder): Promise<string> {
  return createHash("sha256")
    .update(await realPath(folder.root))
    .digest("hex")
    .slice(0, 8);
}

/** Path without symbolic links, as far as it exists. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw error;
    }
    return join(await realPath(dirname(path)), basename(path));
  }
}

/**
 * Chooses the second octet of a sandbox's range: the first one that no route of the host overlaps, beginning where the
 * id says, so that sandboxes made at the same time hardly ever meet.
 * @throws Error if the host has routes to all of 10.64.0.0/10.
 */
export function chooseOctet(id: string, routes: readonly HostRoute[]): number {
  const start = Number.parseInt(id, 16) % octets;
  for (let step = 0; step < octets; step++) {
    const octet = firstOctet + ((start + step) % octets);
    if (findConflict(id, octet, routes) === undefined) {
      return octet;
    }
  }
  throw new Error(
    "No address range is left for the sandbox: this machine's routes (`ip route`) overlap with each of 10.64.0.0/16 to " +
      "10.127.0.0/16. Remove one of those routes, such as that of a sandbox no longer used (`make sandbox-down` there).",
  );
}

/**
 * Identity of the sandbox in a state folder: the recorded one, or a new one, which is then recorded.
 * A recorded range that the host meanwhile uses for something else is exchanged as long as there are no clusters.
 * @throws Error if the recorded range is in use and clusters depend on it.
 */
export async function loadIdentity(folder: StateFolder, routes: readonly HostRoute[]): Promise<Identity> {
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
  const id = await sandboxId(folder);
  const record = new JsonFile<Identity>(folder.identity);
  const recorded = record.read();
  if (recorded?.id === id) {
    const conflict = findConflict(id, recorded.octet, routes);
    if (conflict === undefined) {
      return recorded;
    }
    if (await hasClusters(folder)) {
      throw new Error(
        `The sandbox's address range ${cidr(new AddressPlan(recorded.octet).range)} overlaps with ` +
          `${cidr(conflict.range)}, which this machine now reaches through ${conflict.device}. ` +
          "Remove that route, or run `make sandbox-down` and start anew with another range.",
      );
    }
  }
  const identity: Identity = {
    id,
    octet: chooseOctet(id, routes),
    ports: recorded?.id === id ? recorded.ports : await choosePorts(),
  };
  record.write(identity);
  return identity;
}

/**
 * Makes sure that the sandbox's servers can have their ports; to be called before they listen.
 * @throws Error that names a port which another process holds.
 */
export async function assertPortsFree(identity: Identity, folder: StateFolder): Promise<void> {
  for (const [server, port] of Object.entries(identity.ports) as [string, number][]) {
    try {
      await close(await listen(port));
    } catch (error) {
      throw new Error(
        `Port ${String(port)} of 127.0.0.1, recorded in ${folder.identity} for the sandbox's server "${server}", is held by ` +
          `another process. Find it with \`ss -ltnp 'sport = :${String(port)}'\` and stop it, or run \`make sandbox-down\`: ` +
          "the next start chooses other ports.",
        { cause: error },
      );
    }
  }
}

function findConflict(id: string, octet: number, routes: readonly HostRoute[]): HostRoute | undefined {
  const { range } = new AddressPlan(octet);
  return routes.find((route) => route.device !== hostDevice(id) && overlaps(route.range, range));
}

async function hasClusters(folder: StateFolder): Promise<boolean> {
  try {
    return (await readdir(folder.clusters)).length > 0;
  } catch {
    return false;
  }
}

/** Two ports that nobody listens on. Both are held until both are chosen, so that they differ. */
async function choosePorts(): Promise<SandboxPorts> {
  const servers = await Promise.all([listen(0), listen(0)]);
  const [linodeApi, charts] = servers.map((server) => (server.address() as AddressInfo).port) as [
    number,
    number,
  ];
  await Promise.all(servers.map(close));
  return { linodeApi, charts };
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      resolve(server);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}
