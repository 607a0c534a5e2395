import type { CheckFailure } from "../frame/provider.ts";
import { UNKNOWN } from "../frame/values.ts";
import type { Properties, PropertyValue } from "../frame/values.ts";

/** The provider's configuration, with defaults filled in. */
export interface Settings {
  /** Contents or path of a kubeconfig; the ambient one if `undefined`. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly cluster: string | undefined;
  /** Namespace of objects that name none; the kubeconfig context's if `undefined`. */
  readonly namespace: string | undefined;
  readonly enableConfigMapMutable: boolean;
  readonly enableSecretMutable: boolean;
  /** Whether updates take fields over from other managers. */
  readonly enablePatchForce: boolean;
  /** Whether creation takes over an object that exists. */
  readonly upsertExistingObjects: boolean;
  /** Whether objects of a cluster that can't be reached count as deleted. */
  readonly deleteUnreachable: boolean;
  /** Whether a refresh leaves objects of a cluster that can't be reached as they are. */
  readonly skipUpdateUnreachable: boolean;
  readonly helm: HelmSettings;
}

/** Where helm keeps its things; what is `undefined` is helm's own default. */
export interface HelmSettings {
  /** Kind of object that releases are stored in. Defaults to `secret`. */
  readonly driver: string;
  readonly pluginsPath: string | undefined;
  readonly registryConfigPath: string | undefined;
  readonly repositoryConfigPath: string | undefined;
  readonly repositoryCache: string | undefined;
}

const TEXTS = ["kubeconfig", "context", "cluster", "namespace", "clusterIdentifier"] as const;

/** Switches with the environment variable that sets them where the configuration does not, and their default. */
const SWITCHES = {
  enableConfigMapMutable: ["PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", false],
  enableSecretMutable: ["PULUMI_K8S_ENABLE_SECRET_MUTABLE", false],
  enablePatchForce: ["PULUMI_K8S_ENABLE_PATCH_FORCE", false],
  upsertExistingObjects: ["PULUMI_K8S_UPSERT_EXISTING_OBJECTS", false],
  deleteUnreachable: ["PULUMI_K8S_DELETE_UNREACHABLE", false],
  skipUpdateUnreachable: ["PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", false],
  enableServerSideApply: ["PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", true],
  suppressDeprecationWarnings: ["PULUMI_K8S_SUPPRESS_DEPRECATION_WARNINGS", false],
  suppressHelmHookWarnings: ["PULUMI_K8S_SUPPRESS_HELM_HOOK_WARNINGS", false],
} as const satisfies Record<string, readonly [environmentVariable: string, fallback: boolean]>;

/** Configuration that the official plugin knows and this one does not, with what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  renderYamlToDirectory: "let the program talk to a cluster",
  alwaysRender: "let the program talk to a cluster",
  strictMode: "leave it out",
  kubeClientSettings: "leave it out; requests are not limited here",
};

const HELM_TEXTS = [
  "driver",
  "pluginsPath",
  "registryConfigPath",
  "repositoryConfigPath",
  "repositoryCache",
] as const;

/** Members that the engine adds to every provider's configuration. */
const ENGINES_OWN = ["version", "pluginDownloadURL"];

/** Finds what is wrong with the provider's configuration; unknown values are fine. */
export function findConfigurationFailures(config: Properties): readonly CheckFailure[] {
  return Object.entries(config).flatMap(([property, value]) => {
    if (value === UNKNOWN || value === undefined || value === null || ENGINES_OWN.includes(property)) {
      return [];
    }
    const reason = findFailure(property, value);
    return reason === undefined ? [] : [{ property, reason }];
  });
}

/**
 * Reads the provider's configuration, as `findConfigurationFailures` accepts it. What it leaves open is taken from the
 * environment.
 */
export function readSettings(config: Properties, environment: NodeJS.ProcessEnv): Settings {
  const flag = (name: keyof typeof SWITCHES) => {
    const [variable, fallback] = SWITCHES[name];
    const value = config[name] ?? environment[variable];
    return value === undefined ? fallback : value === true || value === "true";
  };
  const text = (name: (typeof TEXTS)[number]) => {
    const value = config[name];
    // The SDKs of some languages send empty text for what is not set.
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const helm = parseHelmSettings(config.helmReleaseSettings) ?? {};
  return {
    kubeconfig: text("kubeconfig"),
    context: text("context"),
    cluster: text("cluster"),
    namespace: text("namespace"),
    enableConfigMapMutable: flag("enableConfigMapMutable"),
    enableSecretMutable: flag("enableSecretMutable"),
    enablePatchForce: flag("enablePatchForce"),
    upsertExistingObjects: flag("upsertExistingObjects"),
    deleteUnreachable: flag("deleteUnreachable"),
    skipUpdateUnreachable: flag("skipUpdateUnreachable"),
    helm: {
      driver: helm.driver ?? environment.PULUMI_K8S_HELM_DRIVER ?? "secret",
      pluginsPath: helm.pluginsPath ?? environment.PULUMI_K8S_HELM_PLUGINS_PATH,
      registryConfigPath: helm.registryConfigPath ?? environment.PULUMI_K8S_HELM_REGISTRY_CONFIG_PATH,
      repositoryConfigPath: helm.repositoryConfigPath ?? environment.PULUMI_K8S_HELM_REPOSITORY_CONFIG_PATH,
      repositoryCache: helm.repositoryCache ?? environment.PULUMI_K8S_HELM_REPOSITORY_CACHE,
    },
  };
}

function findFailure(property: string, value: Exclude<PropertyValue, null>): string | undefined {
  const refusal = REFUSED[property];
  if (refusal !== undefined) {
    return `the sandbox's own kubernetes plugin does not implement "${property}"; ${refusal}`;
  }
  if (property in SWITCHES) {
    if (!([true, false, "true", "false"] as readonly PropertyValue[]).includes(value)) {
      return `received ${JSON.stringify(value)}; it must be true or false`;
    }
    return property === "enableServerSideApply" && (value === false || value === "false")
      ? 'received false; the sandbox\'s own kubernetes plugin updates by server-side apply only; remove "enableServerSideApply"'
      : undefined;
  }
  if (property === "helmReleaseSettings") {
    return parseHelmSettings(value) === undefined
      ? `it must be an object with text members out of ${HELM_TEXTS.join(", ")}`
      : undefined;
  }
  if (!(TEXTS as readonly string[]).includes(property)) {
    return `the kubernetes provider has no configuration "${property}"; remove it`;
  }
  return typeof value === "string" ? undefined : "it must be text";
}

/** Reads helm's settings, which arrive as JSON text; `undefined` if they are not what they have to be. */
function parseHelmSettings(
  value: PropertyValue | undefined,
): Partial<Record<(typeof HELM_TEXTS)[number], string>> | undefined {
  if (value === undefined || value === null) {
    return {};
  }
  try {
    const parsed: unknown = typeof value === "string" ? JSON.parse(value) : value;
    const isValid =
      typeof parsed === "object" &&
      parsed !== null &&
      Object.entries(parsed).every(
        ([name, member]) => (HELM_TEXTS as readonly string[]).includes(name) && typeof member === "string",
      );
    return isValid ? parsed : undefined;
  } catch {
    return undefined;
  }
}
