import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { hostDevice, sandboxName, type Identity } from "../state/identity.ts";
import { AddressPlan, cidr, controlPlaneSlot, overlaps } from "./addresses.ts";
import { CommandError, runCommand } from "./command.ts";
import { readHostRoutes } from "./host-routes.ts";
import { Queue } from "./queue.ts";

const namespaces = "/run/netns";

/** Place of a machine in the address plan. */
export interface Port {
  /** Index of the machine's cluster. */
  readonly cluster: number;
  /** Slot in the cluster; {@link controlPlaneSlot} is the control plane. */
  readonly slot: number;
}

/**
 * The network of a sandbox: one namespace that routes, and one for each machine, tied to the router by a link of its
 * own. Everything a machine sends passes the router, so that one rule there can cut two regions apart. The host has one
 * more link and a route; its own forwarding and firewall are left alone.
 */
export class Network {
  /** Who has which address. */
  readonly plan: AddressPlan;
  readonly #identity: Identity;
  readonly #router: string;
  // Clusters that start at the same time would make the same things.
  readonly #queue = new Queue();

  constructor(identity: Identity) {
    this.plan = new AddressPlan(identity.octet);
    this.#identity = identity;
    this.#router = machineNamespace(identity.id, "router");
  }

  /**
   * Makes the router and the host's link to it, whatever of them exists already.
   * @throws Error if another interface of the host has the sandbox's addresses.
   */
  ensure(): Promise<void> {
    return this.#queue.run(() => this.#ensure());
  }

  /**
   * Gives a machine its network namespace, its address, and routes to whatever stands behind it: pods behind a node,
   * load balancer addresses behind a control plane.
   * @returns Path of the namespace.
   */
  async attach(machine: string, port: Port): Promise<string> {
    const { plan } = this;
    const namespace = machineNamespace(this.#identity.id, machine);
    const address = plan.machine(port.cluster, port.slot);
    const routerDevice = portDevice(port);
    await this.#ensureNamespace(namespace);
    if (!(await hasDevice(namespace, "eth0"))) {
      await removeDevice(this.#router, routerDevice);
      await runCommand(
        "ip",
        linkArguments({ name: "eth0", namespace }, { name: routerDevice, namespace: this.#router }),
      );
    }
    const behind =
      port.slot === controlPlaneSlot
        ? plan.loadBalancers(port.cluster)
        : plan.nodePods(port.cluster, port.slot);
    await batch(namespace, [
      `addr replace ${address}/32 dev eth0`,
      "link set eth0 up",
      `route replace ${plan.router}/32 dev eth0`,
      `route replace default via ${plan.router} dev eth0 src ${address}`,
      // Load balancer addresses are the machine's own, so that a port that no Service has is refused, not routed in circles.
      ...(port.slot === controlPlaneSlot ? [`route replace local ${cidr(behind)} dev lo`] : []),
    ]);
    await batch(this.#router, [
      `link set ${routerDevice} up`,
      `route replace ${address}/32 dev ${routerDevice}`,
      `route replace ${cidr(behind)} via ${address} dev ${routerDevice} onlink`,
    ]);
    return `${namespaces}/${namespace}`;
  }

  /** Takes a machine off the network and removes its namespace; the processes in it must be gone. */
  async detach(machine: string, port: Port): Promise<void> {
    await removeDevice(this.#router, portDevice(port));
    await removeNamespace(machineNamespace(this.#identity.id, machine));
  }

  async #ensure(): Promise<void> {
    const { plan } = this;
    const device = hostDevice(this.#identity.id);
    const taken = (await readHostRoutes()).find(
      (route) => route.device !== device && overlaps(route.range, plan.range),
    );
    if (taken !== undefined) {
      throw new Error(
        `The sandbox's address range ${cidr(plan.range)} overlaps with ${cidr(taken.range)}, which this machine reaches ` +
          `through ${taken.device}. Remove that route, or run \`make sandbox-down\` and start anew with another range.`,
      );
    }
    await this.#ensureNamespace(this.#router);
    if (!(await hasDevice(this.#router, "host"))) {
      await removeDevice(undefined, device);
      await runCommand("ip", linkArguments({ name: device }, { name: "host", namespace: this.#router }));
    }
    await batch(this.#router, [
      `addr replace ${plan.router}/32 dev lo`,
      "link set host up",
      `route replace ${plan.host}/32 dev host`,
    ]);
    await batch(undefined, [
      `addr replace ${plan.host}/32 dev ${device}`,
      `link set ${device} up`,
      `route replace ${plan.router}/32 dev ${device} src ${plan.host}`,
      `route replace ${cidr(plan.range)} via ${plan.router} dev ${device} src ${plan.host}`,
    ]);
  }

  async #ensureNamespace(name: string): Promise<void> {
    const existing = await listNamespaces();
    if (!existing.includes(name)) {
      await runCommand("ip", ["netns", "add", name]);
    }
    await batch(name, ["link set lo up"]);
    await runCommand("nsenter", [`--net=${namespaces}/${name}`, "sh", "-c", prepareNamespace]);
  }
}

/**
 * Removes the network of a sandbox: link, router and every namespace, whatever is left of them. The processes in the
 * namespaces must be gone.
 */
export async function removeNetwork(id: string): Promise<void> {
  // Without anything to remove it needs neither root nor `ip`.
  if (hasHostDevice(id)) {
    await removeDevice(undefined, hostDevice(id));
  }
  for (const namespace of await sandboxNamespaces(id)) {
    await removeNamespace(namespace);
  }
}

/** Whether anything of a sandbox's network exists. */
export async function hasNetwork(id: string): Promise<boolean> {
  return hasHostDevice(id) || (await sandboxNamespaces(id)).length > 0;
}

function hasHostDevice(id: string): boolean {
  return existsSync(`/sys/class/net/${hostDevice(id)}`);
}

async function sandboxNamespaces(id: string): Promise<readonly string[]> {
  return (await listNamespaces()).filter((namespace) => namespace.startsWith(`${sandboxName(id)}-`));
}

// A host may set strict defaults, which new namespaces inherit; answers here may leave by another way than they came.
// The sandbox has no IPv6 addresses, and kube-proxy would write every rule twice.
const prepareNamespace = [
  "echo 1 >/proc/sys/net/ipv4/ip_forward",
  "for filter in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 >$filter; done",
  "disable=/proc/sys/net/ipv6/conf/all/disable_ipv6; if [ -e $disable ]; then echo 1 >$disable; fi",
].join("\n");

function machineNamespace(id: string, machine: string): string {
  return `${sandboxName(id)}-${machine}`;
}

/** The router's interface towards a machine: `c0s1` for slot 1 of cluster 0. */
function portDevice(port: Port): string {
  return `c${String(port.cluster)}s${String(port.slot)}`;
}

interface LinkEnd {
  readonly name: string;
  /** Namespace of the end; the host's own if absent. */
  readonly namespace?: string;
}

function linkArguments(one: LinkEnd, other: LinkEnd): string[] {
  const end = ({ name, namespace }: LinkEnd): string[] => [
    "name",
    name,
    ...(namespace === undefined ? [] : ["netns", namespace]),
  ];
  return ["link", "add", ...end(one), "type", "veth", "peer", ...end(other)];
}

async function batch(namespace: string | undefined, commands: readonly string[]): Promise<void> {
  const target = namespace === undefined ? [] : ["-netns", namespace];
  await runCommand("ip", [...target, "-batch", "-"], `${commands.join("\n")}\n`);
}

async function hasDevice(namespace: string, name: string): Promise<boolean> {
  return succeeds(runCommand("ip", ["-netns", namespace, "link", "show", "dev", name]), "does not exist");
}

async function removeDevice(namespace: string | undefined, name: string): Promise<void> {
  const target = namespace === undefined ? [] : ["-netns", namespace];
  await succeeds(
    runCommand("ip", [...target, "link", "delete", "dev", name]),
    "Cannot find device",
    "Cannot open network namespace",
  );
}

async function listNamespaces(): Promise<string[]> {
  try {
    return await readdir(namespaces);
  } catch {
    return [];
  }
}

async function removeNamespace(name: string): Promise<void> {
  await succeeds(runCommand("ip", ["netns", "delete", name]), "No such file or directory");
}

/** Whether a command succeeded; false if it failed with one of the expected messages. */
async function succeeds(running: Promise<string>, ...expected: readonly string[]): Promise<boolean> {
  try {
    await running;
    return true;
  } catch (error) {
    if (error instanceof CommandError && expected.some((message) => error.stderr.includes(message))) {
      return false;
    }
    throw error;
  }
}
