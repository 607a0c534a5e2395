import * as http from "node:http";

/**
 * Variables that keep requests to this machine, and to some of the sandbox's own addresses, from the caller's proxy, which
 * does not reach them. What the caller keeps from it stays so. Empty if the caller has no proxy.
 * @param addresses Names, addresses and ranges as `10.64.0.0/16`. Defaults to none but this machine's.
 */
export function proxyExceptions(addresses: readonly string[] = []): Readonly<Record<string, string>> {
  if (["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap(spellings).length === 0) {
    return {};
  }
  const kept = spellings("NO_PROXY").flatMap((list) => list.split(","));
  const exceptions = [...new Set([...kept, ...addresses, "127.0.0.1", "localhost"])].join(",");
  // Go's programs prefer the one, curl the other.
  return { NO_PROXY: exceptions, no_proxy: exceptions };
}

/**
 * Has this process's own requests, which ask publishers for tools, go by the caller's proxy, as those of its programs do.
 * Node before 24.14 can't, and asks directly; so does every Node where the proxy is none for HTTP.
 */
export function useProxy(): void {
  const proxies = Object.fromEntries(
    ["HTTP_PROXY", "HTTPS_PROXY"].flatMap((name) =>
      spellings(name)
        .slice(0, 1)
        // As other programs take it; Node insists on a scheme.
        .map((proxy) => (proxy.includes("://") ? proxy : `http://${proxy}`))
        .filter((proxy) => /^https?:/.test(proxy))
        .map((proxy) => [name, proxy]),
    ),
  );
  if (Object.keys(proxies).length > 0 && "setGlobalProxyFromEnv" in http) {
    http.setGlobalProxyFromEnv({ ...proxies, ...proxyExceptions() });
  }
}

/** Values of a variable that is written in either case; the lower one, which most programs prefer, first. */
function spellings(name: string): readonly string[] {
  return [name.toLowerCase(), name]
    .flatMap((spelling) => process.env[spelling] ?? [])
    .filter((value) => value !== "");
}
