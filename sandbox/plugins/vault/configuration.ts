import type { CheckFailure } from "../frame/provider.ts";
import type { Properties } from "../frame/values.ts";

/** Known keys of the provider's configuration. Refused ones would change what happens, and this plugin can't follow them. */
const KEYS: ReadonlyMap<string, "followed" | "ignored" | "refused"> = new Map([
  ["address", "followed"],
  ["authLogin", "followed"],
  ["caCertFile", "followed"],
  ["headers", "followed"],
  ["maxLeaseTtlSeconds", "followed"],
  ["maxRetries", "followed"],
  ["namespace", "followed"],
  ["skipChildToken", "followed"],
  ["skipTlsVerify", "followed"],
  ["tlsServerName", "followed"],
  ["token", "followed"],
  ["tokenName", "followed"],
  // These only tell the official plugin where to find its token helper, how to treat versions other than the one that
  // this plugin is made for, and how to repeat what only Vault Enterprise answers.
  ["addAddressToEnv", "ignored"],
  ["maxRetriesCcc", "ignored"],
  ["setNamespaceFromToken", "ignored"],
  ["skipGetVaultVersion", "ignored"],
  ["vaultVersionOverride", "ignored"],
  ["authLoginAws", "refused"],
  ["authLoginAzure", "refused"],
  ["authLoginCert", "refused"],
  ["authLoginGcp", "refused"],
  ["authLoginJwt", "refused"],
  ["authLoginKerberos", "refused"],
  ["authLoginOci", "refused"],
  ["authLoginOidc", "refused"],
  ["authLoginRadius", "refused"],
  ["authLoginTokenFile", "refused"],
  ["authLoginUserpass", "refused"],
  ["caCertDir", "refused"],
  ["clientAuth", "refused"],
]);

/** Finds what is wrong with the provider's configuration. Unknown values pass. */
export function checkConfiguration(config: Properties): readonly CheckFailure[] {
  return Object.entries(config).flatMap(([property, value]) => {
    const treatment = KEYS.get(property);
    if (treatment === undefined && property !== "version" && property !== "pluginDownloadURL") {
      return [{ property, reason: `there is no such property; known are: ${[...KEYS.keys()].join(", ")}` }];
    }
    if (treatment === "refused" && value !== undefined && value !== null && value !== "") {
      const instead = property === "caCertDir" ? "caCertFile" : "authLogin with the path of the login";
      return [{ property, reason: `is not followed by this offline plugin; set ${instead} instead` }];
    }
    if (property === "address" && typeof value === "string" && value !== "" && !URL.canParse(value)) {
      return [
        {
          property,
          reason: `must be a URL such as https://vault.example.org:8200, but is ${JSON.stringify(value)}`,
        },
      ];
    }
    return [];
  });
}
