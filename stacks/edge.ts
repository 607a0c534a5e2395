import type { RegionOutputs } from "../config/contract.ts";
import type { KnownPeer } from "../config/peer-outputs.ts";
import type { Settings } from "../config/settings.ts";
import { region } from "./region.ts";

/**
 * An edge: a region that goes on working while the hub is away. Its peers are those that its settings name: the hub, and any
 * other edge.
 */
export function edge(settings: Settings, peers: Readonly<Record<string, KnownPeer>>): RegionOutputs {
  return region(settings, peers);
}
