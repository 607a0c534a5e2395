import { sharedByBoth, type Stack } from "../federation/project.ts";
import type { PulumiCli } from "../federation/pulumi.ts";

/** How often a region looks for changes, as its stack's file says it, such as `10s`. */
export interface SharingIntervals {
  /** Of the secret that both regions write. */
  readonly refreshInterval: string;
  /** Of the Kubernetes Secret that is made of it. */
  readonly refreshAfter: string;
  /** Of the peers' tokens. */
  readonly linkInterval: string;
}

interface StackSettings {
  readonly link?: { readonly refreshInterval?: string };
  readonly secrets?: Readonly<Record<string, { readonly refreshInterval?: string }>>;
  readonly delivery?: {
    readonly syncedSecrets?: Readonly<
      Record<string, { readonly path?: string; readonly refreshAfter?: string }>
    >;
  };
}

/**
 * Reads the intervals of a region of the sandbox.
 * @throws Error if it shares no secrets.
 */
export async function sharingIntervals(pulumi: PulumiCli, stack: Stack): Promise<SharingIntervals> {
  const listed = JSON.parse(await pulumi.run(["config", "--json", "--stack", stack])) as Record<
    string,
    { readonly value: string; readonly objectValue?: unknown }
  >;
  const settings = Object.fromEntries(
    Object.entries(listed).map(([name, { objectValue }]) => [name.replace(/^[\w-]+:/, ""), objectValue]),
  ) as StackSettings;
  const refreshInterval = settings.secrets?.[sharedByBoth]?.refreshInterval;
  const synced = Object.values(settings.delivery?.syncedSecrets ?? {}).find(
    ({ path }) => path === sharedByBoth,
  );
  if (refreshInterval === undefined || synced === undefined) {
    throw new Error(
      `stack ${stack} does not share ${sharedByBoth}: the sandbox has no Vaults. ` +
        "Run `make sandbox-down`, then `make sandbox`.",
    );
  }
  return {
    refreshInterval,
    refreshAfter: synced.refreshAfter ?? "30s",
    linkInterval: settings.link?.refreshInterval ?? "1m",
  };
}
