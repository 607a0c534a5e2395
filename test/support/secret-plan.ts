import {
  planSecrets,
  type PlanArgs,
  type PlannedSecret,
  type SecretPlan,
} from "../../components/federation/secret-plan.ts";
import { remoteStores } from "../../components/federation/store-names.ts";
import { settingsOf, minimalInput } from "./settings.ts";

/** Shared secrets: of either home, of two writers, and one that no peer gets. */
export const secrets = {
  "web/certificate": { home: "hub", type: "kubernetes.io/tls" },
  "edge/status": { home: "edge" },
  flags: { writers: ["hub", "edge"] },
  "hub/only": { home: "hub", regions: [] },
};

/** What a region's configuration says of secrets, as a test writes it. */
export interface PlanInput {
  readonly secrets: Readonly<Record<string, object>>;
  readonly backends?: Readonly<Record<string, object>>;
  /** Defaults to hub. */
  readonly region?: string;
  /** Defaults to edge alone. */
  readonly peers?: readonly string[];
}

/** The arguments of a plan, from configuration that must be right. */
export async function planArgs({
  secrets,
  backends = {},
  region = "hub",
  peers = ["edge"],
}: PlanInput): Promise<PlanArgs> {
  const settings = await settingsOf({ ...minimalInput(), secrets, secretBackends: backends });
  return {
    region,
    secrets: settings.secrets,
    backends: settings.secretBackends,
    remoteStores: remoteStores(peers),
  };
}

/** The plan that configuration leads to. */
export async function planOf(input: PlanInput): Promise<SecretPlan> {
  return planSecrets(await planArgs(input));
}

/** Where the secrets of a plan go, as `source -> store:path`. */
export function routes({ secrets }: SecretPlan): string[] {
  const pushes = secrets.flatMap((secret) => [
    ...secret.pushes,
    ...(secret.register === undefined ? [] : [secret.register.push]),
  ]);
  return pushes.map(({ source, store, path }) => `${source} -> ${store}:${path}`);
}

/** A secret of a plan that has no other. */
export async function plannedSecret(secret: object, others: Partial<PlanInput> = {}): Promise<PlannedSecret> {
  const [planned] = (await planOf({ ...others, secrets: { "app/database": secret } })).secrets;
  if (planned === undefined) {
    throw new Error("the region does nothing about the secret");
  }
  return planned;
}
