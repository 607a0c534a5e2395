import type { Cluster, Unreachable } from "./cluster.ts";
import type { Settings } from "./settings.ts";

/** The provider once it is configured: its settings and the cluster they lead to. */
export interface Session {
  readonly settings: Settings;
  readonly cluster: Cluster | Unreachable;
}
