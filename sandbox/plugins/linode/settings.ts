import type { CheckFailure } from "../frame/provider.ts";
import { MissingConfiguration } from "../frame/failures.ts";
import type { Properties } from "../frame/values.ts";

/** What the provider needs to know of the API. */
export interface LinodeSettings {
  readonly token: string;
  /** Base of every request, such as `https://api.linode.com/v4`; no slash at the end. */
  readonly base: string;
  /** Milliseconds between two looks at the account's events. */
  readonly eventPoll: number;
  /** Milliseconds between two looks at a cluster that is being deleted. */
  readonly clusterPoll: number;
  /** Milliseconds between two looks at nodes that are to become ready. */
  readonly nodePoll: number;
  /** Milliseconds before the first repetition of a request, unless the API says how long. */
  readonly minimumRetryDelay: number;
  /** Milliseconds before any repetition of a request, at most. */
  readonly maximumRetryDelay: number;
}

/** Known keys of the provider's configuration; those that this plugin can't follow are refused if they are set. */
const KEYS: ReadonlyMap<string, "text" | "number" | "ignored" | "refused"> = new Map([
  ["token", "text"],
  ["url", "text"],
  ["apiVersion", "text"],
  ["eventPollMs", "number"],
  ["lkeEventPollMs", "number"],
  ["lkeNodeReadyPollMs", "number"],
  ["minRetryDelayMs", "number"],
  ["maxRetryDelayMs", "number"],
  ["uaPrefix", "ignored"],
  ["disableInternalCache", "ignored"],
  ["skipInstanceReadyPoll", "ignored"],
  ["skipInstanceDeletePoll", "ignored"],
  ["skipImplicitReboots", "ignored"],
  ["objAccessKey", "ignored"],
  ["objSecretKey", "ignored"],
  ["objUseTempKeys", "ignored"],
  ["objBucketForceDelete", "ignored"],
  ["configPath", "refused"],
  ["configProfile", "refused"],
  ["apiCaPath", "refused"],
]);

/** Finds what is wrong with the provider's configuration. Unknown values pass. */
export function checkSettings(config: Properties): readonly CheckFailure[] {
  return Object.entries(config).flatMap(([property, value]) => {
    const kind = KEYS.get(property);
    if (kind === undefined && property !== "version" && property !== "pluginDownloadURL") {
      return [{ property, reason: `there is no such property; known are: ${[...KEYS.keys()].join(", ")}` }];
    }
    if (kind === "refused" && typeof value === "string" && value !== "") {
      return [{ property, reason: "is not followed by this offline plugin; set token and url instead" }];
    }
    if (kind === "number" && typeof value === "string" && !/^\d+$/.test(value)) {
      return [{ property, reason: `must be a number of milliseconds, but is ${JSON.stringify(value)}` }];
    }
    if (property === "url" && typeof value === "string" && value !== "" && !URL.canParse(value)) {
      return [{ property, reason: `must be a URL such as ${DEFAULT_URL}, but is ${JSON.stringify(value)}` }];
    }
    return [];
  });
}

const DEFAULT_URL = "https://api.linode.com";

/**
 * Reads the provider's configuration, with the environment in place of what is not set.
 * @throws MissingConfiguration if there is no token.
 */
export function readSettings(config: Properties, environment: NodeJS.ProcessEnv): LinodeSettings {
  const text = (key: string, variable: string) => {
    const value = config[key];
    return typeof value === "string" && value !== "" ? value : nonEmpty(environment[variable]);
  };
  const milliseconds = (key: string, variable: string, otherwise: number) => {
    const value = config[key] ?? nonEmpty(environment[variable]);
    return value === undefined ? otherwise : Number(value);
  };
  const token = text("token", "LINODE_TOKEN");
  if (token === undefined) {
    throw new MissingConfiguration(
      new Map([
        [
          "token",
          "the token that opens the Linode API; set it as a secret, `pulumi config set --secret linode:token`, " +
            "or in the environment as LINODE_TOKEN",
        ],
      ]),
    );
  }
  const url = (text("url", "LINODE_URL") ?? DEFAULT_URL).replace(/\/+$/, "");
  return {
    token,
    base: `${url}/${text("apiVersion", "LINODE_API_VERSION") ?? "v4"}`,
    eventPoll: milliseconds("eventPollMs", "LINODE_EVENT_POLL_MS", 4000),
    clusterPoll: milliseconds("lkeEventPollMs", "LINODE_LKE_EVENT_POLL_MS", 3000),
    nodePoll: milliseconds("lkeNodeReadyPollMs", "LINODE_LKE_NODE_READY_POLL_MS", 3000),
    minimumRetryDelay: milliseconds("minRetryDelayMs", "LINODE_MIN_RETRY_DELAY_MS", 3000),
    maximumRetryDelay: milliseconds("maxRetryDelayMs", "LINODE_MAX_RETRY_DELAY_MS", 30_000),
  };
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
