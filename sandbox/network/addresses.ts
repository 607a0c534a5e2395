/** Most clusters that one sandbox can have at a time. */
export const maximumClusters = 8;

/** Most nodes that one cluster can have at a time: its pod range has 16 parts, and the first is never given to a node. */
export const maximumNodes = 15;

/** Slot of a cluster's control plane; nodes have slots 1 to {@link maximumNodes}. */
export const controlPlaneSlot = 0;

/** A range of IPv4 addresses. */
export interface AddressRange {
  /** First address. */
  readonly first: string;
  /** Number of leading bits that all addresses share. */
  readonly prefix: number;
}

/** Writes a range as `10.64.0.0/16`. */
export function cidr(range: AddressRange): string {
  return `${range.first}/${String(range.prefix)}`;
}

/** Number behind a dotted IPv4 address. */
export function addressNumber(address: string): number {
  return address.split(".").reduce((number, octet) => number * 256 + Number(octet), 0);
}

/** Dotted form of the address `offset` places behind `first`. */
export function addressAt(first: string, offset: number): string {
  const number = addressNumber(first) + offset;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

/** Number of addresses in a range. */
export function rangeSize(range: AddressRange): number {
  return 2 ** (32 - range.prefix);
}

/** Whether two ranges share an address. */
export function overlaps(one: AddressRange, other: AddressRange): boolean {
  const [low, high] = addressNumber(one.first) < addressNumber(other.first) ? [one, other] : [other, one];
  return addressNumber(high.first) < addressNumber(low.first) + rangeSize(low);
}

/**
 * Who has which address in a sandbox's range `10.<octet>.0.0/16`. Everything follows from a cluster's index
 * (0 to {@link maximumClusters} - 1) and a machine's slot in its cluster, so that routes never depend on what runs.
 */
export class AddressPlan {
  /** All addresses of the sandbox. */
  readonly range: AddressRange;
  /** The router's address, gateway of every machine and of the host. */
  readonly router: string;
  /** The host's own address in the sandbox; image registry and other servers for pods listen here. */
  readonly host: string;
  readonly #octet: number;

  constructor(octet: number) {
    this.#octet = octet;
    this.range = { first: this.#address(0, 0), prefix: 16 };
    this.router = this.#address(0, 1);
    this.host = this.#address(0, 2);
  }

  /** Address of the machine in a slot of a cluster. */
  machine(cluster: number, slot: number): string {
    return this.#address(0, 16 + 16 * cluster + slot);
  }

  /** Addresses that a cluster gives to its LoadBalancer Services. */
  loadBalancers(cluster: number): AddressRange {
    return { first: addressAt(this.#address(4, 0), 128 * cluster), prefix: 25 };
  }

  /** Addresses of a cluster's pods. */
  pods(cluster: number): AddressRange {
    return { first: this.#address(64 + 16 * cluster, 0), prefix: 20 };
  }

  /** Addresses of the pods on one node. */
  nodePods(cluster: number, slot: number): AddressRange {
    return { first: this.#address(64 + 16 * cluster + slot, 0), prefix: 24 };
  }

  /** Addresses of a cluster's Services; they mean something only inside that cluster. */
  services(cluster: number): AddressRange {
    return { first: this.#address(192 + 8 * cluster, 0), prefix: 21 };
  }

  /** Address of a cluster's DNS Service. */
  dns(cluster: number): string {
    return addressAt(this.services(cluster).first, 10);
  }

  #address(third: number, fourth: number): string {
    return `10.${String(this.#octet)}.${String(third)}.${String(fourth)}`;
  }
}
