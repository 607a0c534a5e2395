import { parse, stringify } from "yaml";

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster: unknown }[];
  readonly users: readonly { readonly name: string; readonly user: unknown }[];
  readonly contexts: readonly {
    readonly name: string;
    readonly context: { readonly cluster: string; readonly user: string; readonly namespace?: string };
  }[];
  readonly "current-context": string;
}

/** Joins kubeconfigs into one that has a context of the given name for the current context of each. */
export function joinKubeconfigs(kubeconfigs: Readonly<Record<string, string>>): string {
  const parts = Object.entries(kubeconfigs).map(([name, text]) => renamed(name, parse(text) as Kubeconfig));
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: parts.map(({ cluster }) => cluster),
    users: parts.map(({ user }) => user),
    contexts: parts.map(({ context }) => context),
    "current-context": parts[0]?.context.name,
  });
}

function renamed(
  name: string,
  config: Kubeconfig,
): { cluster: object; user: object; context: { name: string } } {
  const current = config.contexts.find((context) => context.name === config["current-context"])?.context;
  const cluster = config.clusters.find((entry) => entry.name === current?.cluster);
  const user = config.users.find((entry) => entry.name === current?.user);
  if (current === undefined || cluster === undefined || user === undefined) {
    throw new Error(`the kubeconfig of ${name} has no complete current context`);
  }
  return {
    cluster: { ...cluster, name },
    user: { ...user, name },
    context: Object.assign({ name }, { context: { ...current, cluster: name, user: name } }),
  };
}
