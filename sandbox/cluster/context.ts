import type { Network } from "../network/network.ts";
import type { Identity } from "../state/identity.ts";
import type { StateFolder } from "../state/folder.ts";
import type { ImageSource, Toolbox } from "./toolbox.ts";

/** What all clusters of a sandbox have in common. */
export interface SandboxContext {
  readonly identity: Identity;
  readonly folder: StateFolder;
  readonly network: Network;
  readonly tools: Toolbox;
  readonly images: ImageSource;
  /** Is told the steps of long work and failures that are tried again, a sentence each. */
  readonly report: (message: string) => void;
}
