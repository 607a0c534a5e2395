import { isHeldBy, reservedSegments, resultPaths, writablePaths, writersOf } from "./secret-paths.ts";
import type { PlanArgs, PlannedSecret, Push, SecretPlan } from "./secret-plan.ts";
import { localStore } from "./store-names.ts";

/** Something in the plan that would lose or mix up secrets. */
export interface Conflict {
  /** The secret, by its path. */
  readonly path: string;
  /** The property of its settings; absent where it is the path itself. */
  readonly property?: "home" | "writers" | "regions" | "backends";
  /** What stands there. */
  readonly received: string;
  /** What may stand there. */
  readonly allowed: string;
}

/** Lists whatever would make a region's secrets overwrite each other, or never arrive; nothing if all is well. */
export function conflictsOf(plan: SecretPlan, args: PlanArgs): Conflict[] {
  const pushes = plan.secrets.flatMap((secret) => allPushes(secret).map((push) => ({ secret, push })));
  return [
    ...Object.keys(args.secrets).sort().flatMap(reservedPath),
    ...pathsBelowOthers(Object.keys(args.secrets).sort()),
    ...strangers(args),
    ...unknownBackends(args),
    ...secondWriters(pushes),
    ...foreignSources(plan, pushes),
    ...withoutRights(pushes, args),
  ];
}

interface PlannedPush {
  readonly secret: PlannedSecret;
  readonly push: Push;
}

function allPushes({ pushes, register }: PlannedSecret): readonly Push[] {
  return register === undefined ? pushes : [...pushes, register.push];
}

function reservedPath(path: string): Conflict[] {
  const segment = path.split("/")[0] ?? "";
  const reason = reservedSegments[segment];
  return reason === undefined
    ? []
    : [{ path, received: path, allowed: `a path that does not begin with ${segment}: ${reason}` }];
}

function pathsBelowOthers(paths: readonly string[]): Conflict[] {
  return paths.flatMap((path) =>
    paths
      .filter((other) => path.startsWith(`${other}/`))
      .map((other) => ({
        path,
        received: path,
        allowed: `a path that is not below that of another secret, such as ${other}`,
      })),
  );
}

/** A region gets what its peers write, and brings its own secrets to its peers; others are out of its reach. */
function strangers({ region, secrets, remoteStores }: PlanArgs): Conflict[] {
  const known = new Set([region, ...Object.keys(remoteStores)]);
  const allowed = `regions that this one is a peer of, or itself: ${[...known].sort().join(", ")}`;
  return Object.entries(secrets)
    .filter(([, secret]) => isHeldBy(secret, region))
    .flatMap(([path, secret]) => {
      const { home, writers = [], regions = [] } = secret;
      const named = [
        { property: "home" as const, names: home === undefined ? [] : [home] },
        { property: "writers" as const, names: writers },
        // Whoever only reads need not know who else does: all stacks may say the same of a secret.
        { property: "regions" as const, names: writersOf(secret).includes(region) ? regions : [] },
      ];
      return named
        .map(({ property, names }) => ({ property, unknown: names.filter((name) => !known.has(name)) }))
        .filter(({ unknown }) => unknown.length > 0)
        .map(({ property, unknown }) => ({ path, property, received: unknown.join(", "), allowed }));
    });
}

function unknownBackends({ secrets, backends }: PlanArgs): Conflict[] {
  const known = Object.keys(backends).sort().join(", ");
  return Object.entries(secrets).flatMap(([path, secret]) =>
    secret.backends
      .filter((name) => !(name in backends))
      .map((name) => ({
        path,
        property: "backends" as const,
        received: name,
        allowed:
          known === "" ? "no backend, as secretBackends has none" : `backends that there are: ${known}`,
      })),
  );
}

function secondWriters(pushes: readonly PlannedPush[]): Conflict[] {
  return pushes.flatMap(({ secret, push }, index) =>
    pushes
      .slice(0, index)
      .filter(({ push: { store, path } }) => store === push.store && path === push.path)
      .map(({ secret: first }) => ({
        path: secret.path,
        received: `${push.path} in ${push.store}`,
        allowed: `one writer for each path; ${first.path} writes there already`,
      })),
  );
}

/** What an ExternalSecret makes would go round in a circle; only a register's own result leaves it, by its own push. */
function foreignSources(plan: SecretPlan, pushes: readonly PlannedPush[]): Conflict[] {
  const registers = plan.secrets.flatMap(({ register }) => (register === undefined ? [] : [register]));
  return pushes.flatMap(({ secret, push }) =>
    registers
      .filter(({ target, folder, push: own }) => {
        const isOwn = push.name === own.name && push.store === localStore;
        return push.source === target && (!isOwn || push.path.startsWith(`${folder}/`));
      })
      .map(({ target, name }) => ({
        path: secret.path,
        received: `the source ${target}`,
        allowed: `a source that people or Pulumi write; the ExternalSecret ${name} overwrites this one`,
      })),
  );
}

function withoutRights(pushes: readonly PlannedPush[], args: PlanArgs): Conflict[] {
  const everywhere = writablePaths(args.secrets, args.region);
  const here = new Set([...everywhere, ...resultPaths(args.secrets, args.region)]);
  const rights = new Map([
    [localStore, here],
    ...Object.values(args.remoteStores).map((store) => [store, new Set(everywhere)] as const),
  ]);
  return pushes
    .filter(({ push }) => rights.get(push.store)?.has(push.path) === false)
    .map(({ secret, push }) => ({
      path: secret.path,
      received: `${push.path} in ${push.store}`,
      allowed: `paths that ${args.region} may write there: ${[...(rights.get(push.store) ?? [])].sort().join(", ")}`,
    }));
}
