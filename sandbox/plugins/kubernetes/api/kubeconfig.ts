import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { isProperties } from "../../frame/values.ts";
import type { Properties, PropertyValue } from "../../frame/values.ts";
import { listAt, mapAt, textAt } from "./fields.ts";

/** Everything that a connection to an API server needs. */
export interface Connection {
  /** URL of the API server, without a slash at the end. */
  readonly server: string;
  /** Certificates of the authority in PEM; the system's authorities count if absent. */
  readonly authority: string | undefined;
  readonly verifiesServer: boolean;
  /** Name that the server's certificate must bear; the URL's host if absent. */
  readonly serverName: string | undefined;
  readonly token: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
  /** Namespace of the context, `undefined` if it has none. */
  readonly namespace: string | undefined;
}

/** What the provider's configuration chooses from a kubeconfig. */
export interface KubeconfigChoice {
  /** Contents or path of a kubeconfig; the ambient one (`KUBECONFIG`, `~/.kube/config`) if absent or empty. */
  readonly kubeconfig?: string | undefined;
  /** Defaults to the kubeconfig's current context. */
  readonly context?: string | undefined;
  /** Defaults to the context's cluster. */
  readonly cluster?: string | undefined;
}

/** A kubeconfig (client-go, clientcmd/api/v1) and the folder that its relative paths start from. */
interface Kubeconfig {
  readonly config: Properties;
  readonly folder: string;
}

/** Ways to a cluster, and to a user's credentials, that are not implemented. */
const REFUSED_IN_CLUSTER = ["proxy-url"];
const REFUSED_IN_USER = ["exec", "auth-provider", "as", "username", "password"];

/**
 * Reads the kubeconfig and takes the chosen context's cluster and credentials from it.
 * @throws Error that says what is missing; never with a credential in it.
 */
export async function chooseConnection(choice: KubeconfigChoice): Promise<Connection> {
  const { config, folder } = await loadKubeconfig(choice.kubeconfig);
  const context = chooseContext(config, choice.context);
  const cluster = chooseCluster(config, choice.cluster ?? textAt(context, "cluster"));
  const user = mapAt(findEntry(config, "users", textAt(context, "user")), "user");
  const refused = [
    ...REFUSED_IN_CLUSTER.filter((name) => isSet(cluster[name])),
    ...REFUSED_IN_USER.filter((name) => isSet(user[name])),
  ];
  if (refused.length > 0) {
    throw new Error(
      `the kubeconfig uses ${refused.join(", ")}, which this plugin does not implement; ` +
        "use a server that is reached directly, and a user with a token or a client certificate",
    );
  }
  const server = textAt(cluster, "server");
  if (server === undefined) {
    throw new Error("the kubeconfig's cluster has no server; set it to the URL of the API server");
  }
  const readPem = (source: Properties, name: string) => {
    const data = textAt(source, `${name}-data`);
    const path = textAt(source, name);
    return data !== undefined && data !== ""
      ? Buffer.from(data, "base64").toString("utf8")
      : path && readFileSync(resolve(folder, path), "utf8");
  };
  const tokenFile = textAt(user, "tokenFile");
  return {
    server: server.replace(/\/+$/u, ""),
    authority: readPem(cluster, "certificate-authority"),
    verifiesServer: cluster["insecure-skip-tls-verify"] !== true,
    serverName: textAt(cluster, "tls-server-name"),
    token: textAt(user, "token") ?? (tokenFile && readFileSync(resolve(folder, tokenFile), "utf8").trim()),
    clientCertificate: readPem(user, "client-certificate"),
    clientKey: readPem(user, "client-key"),
    namespace: textAt(context, "namespace"),
  };
}

/** The chosen context's cluster entry, to tell one cluster from another; `undefined` where there is none. */
export async function chooseActiveCluster(choice: KubeconfigChoice): Promise<Properties | undefined> {
  try {
    const { config } = await loadKubeconfig(choice.kubeconfig);
    return chooseCluster(config, choice.cluster ?? textAt(chooseContext(config, choice.context), "cluster"));
  } catch {
    // A kubeconfig that leads nowhere has no active cluster; Configure reports what is wrong with it.
    return undefined;
  }
}

/** A kubeconfig of one context, for programs that take nothing else; it holds the credentials in plain text. */
export function writeKubeconfig(connection: Connection): string {
  const encode = (pem: string | undefined) =>
    pem === undefined ? undefined : Buffer.from(pem).toString("base64");
  const cluster = {
    server: connection.server,
    "certificate-authority-data": encode(connection.authority),
    "insecure-skip-tls-verify": connection.verifiesServer ? undefined : true,
    "tls-server-name": connection.serverName,
  };
  const user = {
    token: connection.token,
    "client-certificate-data": encode(connection.clientCertificate),
    "client-key-data": encode(connection.clientKey),
  };
  const context = { cluster: "cluster", user: "user", namespace: connection.namespace };
  // JSON is YAML, and spares a writer.
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "context",
    contexts: [{ name: "context", context }],
    clusters: [{ name: "cluster", cluster }],
    users: [{ name: "user", user }],
  });
}

async function loadKubeconfig(pathOrContents: string | undefined): Promise<Kubeconfig> {
  if (pathOrContents !== undefined && pathOrContents !== "") {
    const path = pathOrContents.startsWith("~/") ? join(homedir(), pathOrContents.slice(2)) : pathOrContents;
    return isFile(path)
      ? readKubeconfig(path)
      : { config: await parseKubeconfig(pathOrContents, "it"), folder: "." };
  }
  const candidates = (process.env.KUBECONFIG ?? join(homedir(), ".kube", "config")).split(delimiter);
  const path = candidates.find((candidate) => candidate !== "" && isFile(candidate));
  if (path === undefined) {
    throw new Error(
      `no kubeconfig: the provider has no "kubeconfig", and ${candidates.join(", ")} does not exist; ` +
        'set the provider\'s "kubeconfig" or the environment variable KUBECONFIG',
    );
  }
  return readKubeconfig(path);
}

async function readKubeconfig(path: string): Promise<Kubeconfig> {
  return { config: await parseKubeconfig(readFileSync(path, "utf8"), path), folder: dirname(resolve(path)) };
}

function isFile(path: string): boolean {
  // Contents of a kubeconfig are no path: too many characters make `stat` fail.
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

async function parseKubeconfig(contents: string, source: string): Promise<Properties> {
  const refusal = `the kubeconfig can't be read: ${source} is neither a kubeconfig nor the path of one`;
  let config: PropertyValue;
  try {
    // The library is loaded here, as a kubeconfig in JSON does without it, and it takes as long as all the rest.
    config = (
      contents.startsWith("{") ? JSON.parse(contents) : (await import("yaml")).parse(contents)
    ) as PropertyValue;
  } catch {
    // The parser's message quotes the text, which holds credentials.
    throw new Error(`${refusal}; it is not valid YAML`);
  }
  if (!isProperties(config) || !Array.isArray(config.clusters)) {
    throw new Error(
      `${refusal}; it must be YAML with clusters, users and contexts (base64 has to be decoded first)`,
    );
  }
  return config;
}

function chooseContext(config: Properties, chosen: string | undefined): Properties | undefined {
  const name = chosen ?? textAt(config, "current-context");
  const entry = findEntry(config, "contexts", name);
  if (entry === undefined && chosen !== undefined) {
    throw new Error(`the kubeconfig has no context "${chosen}", only ${listNames(config, "contexts")}`);
  }
  return entry === undefined ? undefined : mapAt(entry, "context");
}

function chooseCluster(config: Properties, name: string | undefined): Properties {
  if (name === undefined) {
    throw new Error(
      `the kubeconfig has no current context; set the provider's "context" to one of ${listNames(config, "contexts")}`,
    );
  }
  const entry = findEntry(config, "clusters", name);
  if (entry === undefined) {
    throw new Error(`the kubeconfig has no cluster "${name}", only ${listNames(config, "clusters")}`);
  }
  return mapAt(entry, "cluster");
}

function findEntry(config: Properties, list: string, name: string | undefined): PropertyValue | undefined {
  return name === undefined
    ? undefined
    : listAt(config, list).find((entry) => textAt(entry, "name") === name);
}

function listNames(config: Properties, list: string): string {
  const names = listAt(config, list).map((entry) => `"${textAt(entry, "name") ?? ""}"`);
  return names.length === 0 ? "none" : names.join(", ");
}

function isSet(value: PropertyValue | undefined): boolean {
  return value !== undefined && value !== null && value !== "";
}
