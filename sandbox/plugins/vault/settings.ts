import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Properties, PropertyValue } from "../frame/values.ts";

/** A login at any auth method that takes its credentials as a request's body, such as AppRole. */
export interface Login {
  /** Path of the login, such as `auth/approle/login`. */
  readonly path: string;
  /** Defaults to the provider's namespace; empty for the root. */
  readonly namespace: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

/** What the provider needs to know of Vault. */
export interface VaultSettings {
  /** Such as `https://vault.example.org:8200`; no slash at the end. */
  readonly address: string;
  /** Wins over `token`. */
  readonly login: Login | undefined;
  readonly token: string | undefined;
  /** CA certificates (PEM); `undefined` for the system's. */
  readonly authority: string | undefined;
  readonly verifiesServer: boolean;
  /** Name that the server's certificate has to have; `undefined` for the address's host. */
  readonly serverName: string | undefined;
  readonly namespace: string | undefined;
  /** Further headers of every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the run works with a child of the token that it logged in with. */
  readonly makesChildToken: boolean;
  /** Life of the child token in seconds. */
  readonly tokenSeconds: number;
  /** Display name of the child token. */
  readonly tokenName: string;
  /** How often a request is repeated at most. */
  readonly maxRetries: number;
  /** Milliseconds before the first repetition. */
  readonly retryPause: number;
}

/** Life of a run's token in seconds, as with the official plugin. */
const TOKEN_SECONDS = 1200;

const loginConfig = z.strictObject({
  path: z.string().min(1),
  method: z.string().optional(),
  namespace: z.string().optional(),
  useRootNamespace: z.boolean().optional(),
  parameters: z.record(z.string(), z.string()).default({}),
});

const headersConfig = z.array(z.strictObject({ name: z.string().min(1), value: z.string() }));

/** Auth methods whose logins have to be signed first, which the official plugin does by itself. */
const SIGNED_METHODS: ReadonlySet<string> = new Set(["aws", "kerberos", "oci"]);

/**
 * Reads the provider's configuration, with the environment in place of what is not set.
 * @throws Error with a remedy for what is missing, can't be read, or can't be followed; values of secrets are not told.
 */
export function readSettings(config: Properties, environment: NodeJS.ProcessEnv): VaultSettings {
  const text = (key: string, variable: string) => filled(config[key]) ?? filled(environment[variable]);
  const flag = (key: string, variable: string) => {
    const value = filled(config[key]) ?? filled(environment[variable]);
    return value === undefined ? undefined : value === "true" || value === "1";
  };
  const count = (key: string, variable: string, otherwise: number) => {
    const value = filled(config[key]) ?? filled(environment[variable]);
    if (value === undefined) {
      return otherwise;
    }
    if (!/^\d+$/.test(value)) {
      throw new Error(`${key} (or ${variable}) must be a whole number, but is ${JSON.stringify(value)}`);
    }
    return Number(value);
  };
  if (filled(environment.VAULT_CAPATH) !== undefined && text("caCertFile", "VAULT_CACERT") === undefined) {
    throw new Error("VAULT_CAPATH is not followed by this offline plugin; set caCertFile or VAULT_CACERT");
  }
  return {
    address: addressOf(text("address", "VAULT_ADDR")),
    login: loginOf(config.authLogin),
    token: text("token", "VAULT_TOKEN") ?? storedToken(environment),
    authority: authorityIn(text("caCertFile", "VAULT_CACERT")),
    verifiesServer: flag("skipTlsVerify", "VAULT_SKIP_VERIFY") !== true,
    serverName: text("tlsServerName", "VAULT_TLS_SERVER_NAME"),
    namespace: text("namespace", "VAULT_NAMESPACE"),
    headers: headersOf(config.headers),
    makesChildToken: flag("skipChildToken", "TERRAFORM_VAULT_SKIP_CHILD_TOKEN") !== true,
    // Zero counts as not set, as with the official plugin.
    tokenSeconds: count("maxLeaseTtlSeconds", "TERRAFORM_VAULT_MAX_TTL", 0) || TOKEN_SECONDS,
    tokenName: text("tokenName", "VAULT_TOKEN_NAME") ?? "terraform",
    maxRetries: count("maxRetries", "VAULT_MAX_RETRIES", 2),
    retryPause: 1000,
  };
}

function addressOf(address: string | undefined): string {
  if (address === undefined) {
    throw new Error("Vault's address is missing; set the provider's address, or VAULT_ADDR");
  }
  if (!URL.canParse(address) || !/^https?:/.test(address)) {
    throw new Error(
      `Vault's address must be a URL such as https://vault.example.org:8200, but is ${JSON.stringify(address)}`,
    );
  }
  return address.replace(/\/+$/, "");
}

function loginOf(value: PropertyValue | undefined): Login | undefined {
  const parsed = parsedJson(value);
  if (parsed === undefined) {
    return undefined;
  }
  const result = loginConfig.safeParse(parsed);
  if (!result.success) {
    throw new Error(`the provider's authLogin can't be read: ${z.prettifyError(result.error)}`);
  }
  const { path, method, namespace, useRootNamespace, parameters } = result.data;
  if (method !== undefined && SIGNED_METHODS.has(method)) {
    throw new Error(
      `authLogin's method ${JSON.stringify(method)} is not followed by this offline plugin; use approle, userpass, ` +
        "kubernetes, jwt or another login whose parameters are sent as they are",
    );
  }
  return { path, namespace: useRootNamespace === true ? "" : namespace, parameters };
}

function headersOf(value: PropertyValue | undefined): Readonly<Record<string, string>> {
  const result = headersConfig.safeParse(parsedJson(value) ?? []);
  if (!result.success) {
    throw new Error(`the provider's headers can't be read: ${z.prettifyError(result.error)}`);
  }
  return Object.fromEntries(result.data.map((header) => [header.name.toLowerCase(), header.value]));
}

function authorityIn(file: string | undefined): string | undefined {
  if (file === undefined) {
    return undefined;
  }
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the CA certificates of Vault can't be read (${reason}); put the file there again, or set caCertFile or ` +
        "VAULT_CACERT to another one",
      { cause: error },
    );
  }
  if (!content.includes("-----BEGIN CERTIFICATE-----")) {
    throw new Error(`${file} (caCertFile or VAULT_CACERT) holds no certificate in PEM form`);
  }
  return content;
}

/** Where `vault login` keeps a token. */
function storedToken(environment: NodeJS.ProcessEnv): string | undefined {
  try {
    return filled(readFileSync(join(environment.HOME ?? homedir(), ".vault-token"), "utf8").trim());
  } catch {
    return undefined;
  }
}

/** Values that are not text in the SDK's types arrive as JSON text. */
function parsedJson(value: PropertyValue | undefined): unknown {
  if (typeof value !== "string") {
    return value ?? undefined;
  }
  try {
    return value === "" ? undefined : JSON.parse(value);
  } catch {
    return value;
  }
}

function filled(value: PropertyValue | undefined): string | undefined {
  const known = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return known && value !== "" ? String(value) : undefined;
}
