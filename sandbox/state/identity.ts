import { createHash } from "node:crypto";
import { mkdir, readdir, realpath } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { basename, dirname, join } from "node:path";
import { AddressPlan, cidr, overlaps, type AddressRange } from "../network/addresses.ts";
import type { HostRoute } from "../network/host-routes.ts";
import type { StateFolder } from "./folder.ts";
import { JsonFile } from "./json-file.ts";
import type { Neighbours } from "./neighbours.ts";

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

/** What else uses addresses on this machine. */
export interface Surroundings {
  /** The host's routes, those to running sandboxes among them. */
  readonly routes: readonly HostRoute[];
  /** All sandboxes, also those that do not run. */
  readonly neighbours: Neighbours;
}

/** Addresses that a sandbox can't have. */
interface Occupied {
  readonly range: AddressRange;
  /** Who has them, as a clause that follows the range. */
  readonly by: string;
}

/** The addresses that a sandbox's neighbours have, and those that the host reaches otherwise than through the sandbox. */
export async function occupiedRanges(
  id: string,
  routes: readonly HostRoute[],
  others: readonly StateFolder[],
): Promise<readonly Occupied[]> {
  const ofNeighbours = await Promise.all(
    others.map(async (folder): Promise<Occupied[]> => {
      const identity = readIdentity(folder);
      // A copied folder gets an identity of its own when it is used.
      return identity?.id === (await sandboxId(folder))
        ? [
            {
              range: new AddressPlan(identity.octet).range,
              by: `which the sandbox in ${folder.root} has. Run \`make sandbox-down\` for one of the two`,
            },
          ]
        : [];
    }),
  );
  const ofHost = routes
    .filter(({ device }) => device !== hostDevice(id))
    .map(({ range, device }) => ({
      range,
      by: `which this machine now reaches through ${device}. Remove that route, or run \`make sandbox-down\``,
    }));
  return [...ofNeighbours.flat(), ...ofHost];
}

/** What is recorded of a sandbox, whose record may be damaged: undefined then, and before there is one. */
export function readIdentity(folder: StateFolder): Identity | undefined {
  try {
    return new JsonFile<Identity>(folder.identity).read();
  } catch {
    return undefined;
  }
}

/**
 * Chooses the second octet of a sandbox's range: the first one that nobody else has, beginning where the id says, so that
 * a sandbox that is made again has the same one.
 * @throws Error if all of 10.64.0.0/10 is occupied.
 */
export function chooseOctet(id: string, occupied: readonly Occupied[]): number {
  const start = Number.parseInt(id, 16) % octets;
  for (let step = 0; step < octets; step++) {
    const octet = firstOctet + ((start + step) % octets);
    if (findConflict(octet, occupied) === undefined) {
      return octet;
    }
  }
  throw new Error(
    "No address range is left for the sandbox: each of 10.64.0.0/16 to 10.127.0.0/16 overlaps with this machine's routes " +
      "(`ip route`) or belongs to another sandbox. Remove one of those routes, or a sandbox no longer used " +
      "(`make sandbox-down` there).",
  );
}

/**
 * Identity of the sandbox in a state folder: the recorded one, or a new one, which is then recorded.
 * A recorded range that somebody else has meanwhile is exchanged as long as there are no clusters.
 * @throws Error if the recorded range is in use and clusters depend on it.
 */
export async function loadIdentity(
  folder: StateFolder,
  { routes, neighbours }: Surroundings,
): Promise<Identity> {
  await mkdir(folder.root, { recursive: true, mode: 0o700 });
  const id = await sandboxId(folder);
  return neighbours.meet(folder, async (others) => {
    const occupied = await occupiedRanges(id, routes, others);
    const record = new JsonFile<Identity>(folder.identity);
    const recorded = record.read();
    if (recorded?.id === id) {
      const conflict = findConflict(recorded.octet, occupied);
      if (conflict === undefined) {
        return recorded;
      }
      if (await hasClusters(folder)) {
        throw new Error(
          `The sandbox's address range ${cidr(new AddressPlan(recorded.octet).range)} overlaps with ` +
            `${cidr(conflict.range)}, ${conflict.by}: the next start chooses another range.`,
        );
      }
    }
    const identity: Identity = {
      id,
      octet: chooseOctet(id, occupied),
      ports: recorded?.id === id ? recorded.ports : await choosePorts(),
    };
    record.write(identity);
    return identity;
  });
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

function findConflict(octet: number, occupied: readonly Occupied[]): Occupied | undefined {
  const { range } = new AddressPlan(octet);
  return occupied.find((other) => overlaps(other.range, range));
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
