import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import * as pulumi from "@pulumi/pulumi";
import { configCommand, ConfigurationError, explain, type Problem } from "./problem.ts";
import { settingsSchema, type Settings } from "./settings.ts";

/**
 * Reads the configuration of the current stack.
 * @throws ConfigurationError that lists every problem at once: property, received value, what is allowed, remedy.
 */
export async function loadSettings(): Promise<Settings> {
  const secrets = secretProblems();
  if (secrets.length > 0) {
    // Nothing else is said of these values: an explanation would quote them.
    throw new ConfigurationError(pulumi.getStack(), secrets);
  }
  const properties = readNamespace();
  const parsed = await settingsSchema.safeParseAsync(properties, { reportInput: true });
  const problems: Problem[] = [
    ...(parsed.error?.issues ?? []).flatMap(explain),
    ...ownPeerProblems(properties.peers),
    ...linodeTokenProblems(),
  ];
  if (!parsed.success || problems.length > 0) {
    throw new ConfigurationError(pulumi.getStack(), problems);
  }
  return parsed.data;
}

/** All properties of the project's own namespace, those that nobody asked for included: a typing error must be noticed. */
function readNamespace(): Record<string, unknown> {
  const prefix = `${pulumi.getProject()}:`;
  return Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, text]) => [key.slice(prefix.length), parseValue(text)]),
  );
}

/** The settings steer the structure of the program, and what they hold stands in the state as it is. */
function secretProblems(): Problem[] {
  const prefix = `${pulumi.getProject()}:`;
  return secretProperties()
    .filter((property) => property.startsWith(prefix))
    .map((property) => ({
      property,
      received: "a secret",
      allowed: "values that anybody may read who can read the state",
      remedy:
        `take what is secret out of ${property} in Pulumi.${pulumi.getStack()}.yaml; ` +
        "where a chart needs it, put it into a Kubernetes Secret and name that in the chart's values",
    }));
}

/** The schema does not know which stack it is asked for. Whatever else is wrong with the peers, this one is none. */
function ownPeerProblems(peers: unknown): Problem[] {
  const stack = pulumi.getStack();
  return typeof peers === "object" && peers !== null && Object.hasOwn(peers, stack)
    ? [
        {
          property: `${pulumi.getProject()}:peers.${stack}`,
          received: `"${stack}", which is this stack itself`,
          allowed: "names of other stacks",
          remedy: configCommand("rm", `${pulumi.getProject()}:peers.${stack}`),
        },
      ]
    : [];
}

/** The engine hands over objects, numbers and booleans as JSON, and strings as they are. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The provider itself would complain about a missing token only after part of the plan is made. */
function linodeTokenProblems(): Problem[] {
  const property = "linode:token";
  if (new pulumi.Config("linode").get("token") !== undefined) {
    if (secretProperties().includes(property)) {
      return [];
    }
    return [
      {
        property,
        received: "a token in plain text",
        allowed: "a secret",
        remedy: `${configCommand("set --secret", property)}, and revoke the token that stood there`,
      },
    ];
  }
  const elsewhere =
    (process.env.LINODE_TOKEN ?? "") !== "" || existsSync(join(homedir(), ".config", "linode"));
  return elsewhere
    ? []
    : [
        {
          property,
          received: "nothing",
          allowed: "a personal access token of the Linode API",
          remedy: `${configCommand("set --secret", property)}, or export LINODE_TOKEN`,
        },
      ];
}

/** The language host names the properties that were encrypted; the SDK reads the same variable, but keeps it to itself. */
function secretProperties(): readonly string[] {
  return JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[];
}
