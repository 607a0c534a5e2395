import { isIPv4 } from "node:net";
import type { AddressRange } from "./addresses.ts";
import { runCommand } from "./command.ts";

/** Addresses that the host reaches through one of its interfaces. */
export interface HostRoute {
  readonly range: AddressRange;
  /** Name of the interface. */
  readonly device: string;
}

interface RouteEntry {
  readonly dst: string;
  readonly dev?: string;
}

/**
 * Reads the output of `ip -json -4 route show table all`. Left out are default routes, which say nothing about who
 * owns an address, and entries without an interface, which lead nowhere.
 */
export function parseRoutes(json: string): HostRoute[] {
  const entries = JSON.parse(json === "" ? "[]" : json) as readonly RouteEntry[];
  return entries.flatMap((entry) => {
    const [first = "", prefix = "32"] = entry.dst.split("/");
    return isIPv4(first) && entry.dev !== undefined
      ? [{ range: { first, prefix: Number(prefix) }, device: entry.dev }]
      : [];
  });
}

/** The host's IPv4 routes, those of its own addresses included. */
export async function readHostRoutes(): Promise<HostRoute[]> {
  return parseRoutes(await runCommand("ip", ["-json", "-4", "route", "show", "table", "all"]));
}
