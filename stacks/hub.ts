import type { RegionOutputs } from "../config/contract.ts";
import type { KnownPeer } from "../config/peer-outputs.ts";
import type { Settings } from "../config/settings.ts";
import { region } from "./region.ts";

/** The hub: the region that every edge names among its peers, and that names them. It is made of the same as any edge. */
export function hub(settings: Settings, peers: Readonly<Record<string, KnownPeer>>): RegionOutputs {
  return region(settings, peers);
}
