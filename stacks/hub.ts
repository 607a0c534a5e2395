import type { RegionOutputs } from "../config/contract.ts";
import type { KnownPeer } from "../config/peer-outputs.ts";
import type { Settings } from "../config/settings.ts";
import { region } from "./region.ts";

/** The hub: a region that is every edge's peer. */
export function hub(settings: Settings, peers: Readonly<Record<string, KnownPeer>>): RegionOutputs {
  return region(settings, peers);
}
