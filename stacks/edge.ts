import type { RegionOutputs } from "../config/contract.ts";
import type { KnownPeer } from "../config/peer-outputs.ts";
import type { Settings } from "../config/settings.ts";
import { region } from "./region.ts";

/** An edge: a region whose peer is the hub. */
export function edge(settings: Settings, peers: Readonly<Record<string, KnownPeer>>): RegionOutputs {
  return region(settings, peers);
}
