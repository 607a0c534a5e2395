import type { RegionOutputs } from "../config/contract.ts";
import type { Settings } from "../config/settings.ts";
import { region } from "./region.ts";

/** An edge: a region whose peer is the hub. */
export function edge(settings: Settings): RegionOutputs {
  return region(settings);
}
