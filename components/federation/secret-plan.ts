import type { Duration } from "../../config/rules.ts";
import type { SecretBackendsSettings } from "../../config/secret-backend-settings.ts";
import type {
  GeneratedSettings,
  SecretType,
  SharedSecretSettings,
  SharedSecretsSettings,
} from "../../config/shared-secrets-settings.ts";
import { backendKey, pushMetadata } from "./secret-backend.ts";
import { isHeldBy, objectName, partPath, partsFolder, writersOf } from "./secret-paths.ts";
import { backendStore, localStore } from "./store-names.ts";

/** A Secret that is written to one path of one store. */
export interface Push {
  /** Name of the PushSecret. */
  readonly name: string;
  /** Name of the Secret. */
  readonly source: string;
  /** Name of the ClusterSecretStore. */
  readonly store: string;
  /** Where in the store. */
  readonly path: string;
  /** Whether what is there already is replaced. */
  readonly overwrite: boolean;
  readonly refreshInterval: Duration;
  /** What the store's provider is told beside the value; absent where there is nothing to tell. */
  readonly metadata?: object;
}

/** The Secret that is made, in one region, of all parts of a secret with several writers. */
export interface Register {
  /** Name of the ExternalSecret. */
  readonly name: string;
  /** Name of the Secret that it makes. */
  readonly target: string;
  /** Folder of the parts. */
  readonly folder: string;
  /** Takes the result to its path in the region's own Vault. */
  readonly push: Push;
  readonly refreshInterval: Duration;
}

/** What a region does about one shared secret. */
export interface PlannedSecret {
  readonly path: string;
  readonly type: SecretType;
  /** Regions that may write it; several make it a register. */
  readonly writers: readonly string[];
  /** The Secret that is written here; absent where the region is no writer. */
  readonly source?: string;
  /** What Pulumi writes there; absent where people do. */
  readonly generated?: GeneratedSettings;
  /** Where the source goes. */
  readonly pushes: readonly Push[];
  /** Absent where the secret has one home. */
  readonly register?: Register;
  /** Peers that are to hold what is written here, but are not linked yet; absent where there is none. */
  readonly awaits?: readonly string[];
}

/** Where a region's secrets come from and go to. */
export interface SecretPlan {
  readonly region: string;
  readonly secrets: readonly PlannedSecret[];
}

/** What {@link planSecrets} needs to know of a region. */
export interface PlanArgs {
  /** The region's own name, which is that of its stack. */
  readonly region: string;
  readonly secrets: SharedSecretsSettings;
  readonly backends: SecretBackendsSettings;
  /** ClusterSecretStores of the peers' Vaults, by peer. */
  readonly remoteStores: Readonly<Record<string, string>>;
  /** Peers to which there is no link yet; none by default. */
  readonly unlinked?: readonly string[];
}

/** Works out what a region does about each secret, in the order of their paths. */
export function planSecrets(args: PlanArgs): SecretPlan {
  const paths = Object.keys(args.secrets).sort();
  return {
    region: args.region,
    secrets: paths.flatMap((path) => {
      const secret = args.secrets[path];
      return secret !== undefined && isHeldBy(secret, args.region) ? [planSecret(path, secret, args)] : [];
    }),
  };
}

function planSecret(path: string, secret: SharedSecretSettings, args: PlanArgs): PlannedSecret {
  const writers = writersOf(secret);
  const isWriter = writers.includes(args.region);
  const awaits = isWriter ? (args.unlinked ?? []).filter((peer) => isHeldBy(secret, peer)) : [];
  return {
    path,
    type: secret.type,
    writers,
    source: isWriter ? sourceName(path, secret) : undefined,
    generated: isWriter ? secret.generated : undefined,
    pushes: isWriter ? pushesOf(path, secret, args) : [],
    register: secret.home === undefined ? registerOf(path, secret) : undefined,
    ...(awaits.length === 0 ? {} : { awaits }),
  };
}

/** A part has another name than a home's value: whoever changes the settings shall not have one pushed in the other's place. */
function sourceName(path: string, { home }: SharedSecretSettings): string {
  return home === undefined ? `${objectName(path)}.part` : objectName(path);
}

/** One push for each store: a store that does not answer holds up none but its own. */
function pushesOf(path: string, secret: SharedSecretSettings, args: PlanArgs): Push[] {
  const { region, remoteStores, backends } = args;
  const vaultPath = secret.home === undefined ? partPath(path, region) : path;
  const peers = Object.keys(remoteStores).filter((peer) => isHeldBy(secret, peer));
  const stores = [localStore, ...peers.map((peer) => remoteStores[peer] ?? peer)];
  const push = (store: string, storePath: string): Push => ({
    name: `${objectName(path)}.${store}`,
    source: sourceName(path, secret),
    store,
    path: storePath,
    overwrite: secret.overwrite,
    refreshInterval: secret.refreshInterval,
  });
  return [
    ...stores.map((store) => push(store, vaultPath)),
    ...secret.backends.flatMap((name) => {
      const backend = backends[name];
      return backend === undefined
        ? []
        : [{ ...push(backendStore(name), backendKey(backend, path)), ...pushMetadata(backend) }];
    }),
  ];
}

function registerOf(path: string, { refreshInterval }: SharedSecretSettings): Register {
  const target = `${objectName(path)}.result`;
  return {
    name: objectName(path),
    target,
    folder: partsFolder(path),
    push: { name: target, source: target, store: localStore, path, overwrite: true, refreshInterval },
    refreshInterval,
  };
}
