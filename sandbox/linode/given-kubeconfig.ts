import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import { KubeConfig, type RequestContext } from "@kubernetes/client-node";
import { parseDocument, type Document } from "yaml";

/** A kubeconfig of an existing cluster that works wherever it is handed on to. */
export interface GivenKubeconfig {
  /** Path of its file. */
  readonly path: string;
  /** What is in the file, with the content of the files that it refers to. */
  readonly text: string;
  /** Makes clients, whose requests end with a TimeoutError if they are not answered in time. */
  readonly access: KubeConfig;
  /** URL of the API server. */
  readonly endpoint: string;
}

const patienceMilliseconds = 10_000;

/** Ends requests that are not answered in time: the client itself would wait for minutes. */
class ImpatientKubeConfig extends KubeConfig {
  readonly #patience: number;

  constructor(patience: number) {
    super();
    this.#patience = patience;
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    context.setSignal(AbortSignal.timeout(this.#patience));
    await super.applySecurityAuthentication(context);
  }
}

type Settings = Readonly<Record<string, unknown>>;

interface Kubeconfig {
  readonly clusters: readonly { readonly name: string; readonly cluster?: Settings | null }[];
  readonly users: readonly { readonly name: string; readonly user?: Settings | null }[];
  readonly contexts: readonly {
    readonly name: string;
    readonly context?: { readonly cluster?: string; readonly user?: string };
  }[];
  readonly "current-context": string;
}

/** Where the cluster and the user of the current context are in the document, and what they say. */
interface Current {
  readonly server: string;
  readonly parts: readonly { readonly path: readonly (string | number)[]; readonly settings: Settings }[];
}

/** Setting with the path of a file -> setting with its content, and how that is written. */
const fileSettings = {
  "certificate-authority": ["certificate-authority-data", "base64"],
  "client-certificate": ["client-certificate-data", "base64"],
  "client-key": ["client-key-data", "base64"],
  tokenFile: ["token", "utf8"],
} as const;

const withToken =
  "Give one with a token instead, such as `kubectl create token` makes for a service account with the role cluster-admin.";

/** Settings that work only where the kubeconfig was made -> what they do, and what to do instead. */
const unfit: Readonly<Record<string, string>> = {
  exec: `gets its credentials from a command (exec), which is not everywhere that it is used. ${withToken}`,
  "auth-provider": `gets its credentials from a plugin (auth-provider), which not everything that uses it has. ${withToken}`,
  "proxy-url":
    "leads through a proxy (proxy-url), which not everything that uses it goes through. Give one that reaches the cluster directly.",
};

/**
 * Reads a kubeconfig as kubectl does, paths in it from its own folder, and takes the files that its current context refers to
 * into its text.
 * @param patience Milliseconds that its cluster may take to answer a request; ten seconds by default.
 * @throws Error that names the file and the remedy if it can't be read, has no complete current context, or gets its
 * credentials or its connection by what can't be handed on.
 */
export async function readGivenKubeconfig(
  path: string,
  patience = patienceMilliseconds,
): Promise<GivenKubeconfig> {
  const original = await readFile(path, "utf8").catch((error: unknown) => {
    throw unreadable(`the kubeconfig ${path}`, error);
  });
  const document = parseDocument(original);
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    throw new Error(`the kubeconfig ${path} is no YAML: ${mistake.message}`);
  }
  const { server, parts } = currentOf(path, document);
  for (const [setting, consequence] of Object.entries(unfit)) {
    if (parts.some(({ settings }) => isSet(settings[setting]))) {
      throw new Error(`the kubeconfig ${path} ${consequence}`);
    }
  }
  const inlined = await Promise.all(parts.map((part) => inlineFiles(path, document, part)));
  const text = inlined.includes(true) ? document.toString() : original;
  const access = new ImpatientKubeConfig(patience);
  access.loadFromString(text);
  return { path, text, access, endpoint: server };
}

function currentOf(path: string, document: Document): Current {
  const config = document.toJS() as Partial<Kubeconfig> | null;
  const current = config?.contexts?.find(({ name }) => name === config["current-context"])?.context;
  const cluster = config?.clusters?.findIndex(({ name }) => name === current?.cluster) ?? -1;
  const user = config?.users?.findIndex(({ name }) => name === current?.user) ?? -1;
  const clusterSettings = config?.clusters?.[cluster]?.cluster ?? {};
  const { server } = clusterSettings;
  if (typeof server !== "string" || user < 0) {
    throw new Error(
      `the kubeconfig ${path} has no current context that names a cluster and a user; ` +
        `set one with \`kubectl --kubeconfig ${path} config use-context\``,
    );
  }
  return {
    server,
    parts: [
      { path: ["clusters", cluster, "cluster"], settings: clusterSettings },
      { path: ["users", user, "user"], settings: config?.users?.[user]?.user ?? {} },
    ],
  };
}

/** Whether there was something to take in. */
async function inlineFiles(
  path: string,
  document: Document,
  part: Current["parts"][number],
): Promise<boolean> {
  let changed = false;
  for (const [setting, [content, encoding]] of Object.entries(fileSettings)) {
    const file = part.settings[setting];
    if (typeof file !== "string" || file === "") {
      continue;
    }
    // As for kubectl, content that is there already wins; but a token's file wins over the token.
    if (!isSet(part.settings[content]) || setting === "tokenFile") {
      const data = await readFile(resolve(dirname(path), file)).catch((error: unknown) => {
        throw unreadable(`${file}, the ${setting} of the kubeconfig ${path},`, error);
      });
      document.setIn([...part.path, content], data.toString(encoding).trim());
    }
    document.deleteIn([...part.path, setting]);
    changed = true;
  }
  return changed;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

function unreadable(what: string, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(`${what} can't be read: ${reason}. Correct its path or its permissions.`, {
    cause: error,
  });
}
