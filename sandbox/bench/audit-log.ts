/** A request, as Vault's audit log tells of it. */
export interface AuditedRequest {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Such as `update`. */
  readonly operation: string;
  /** Without a leading slash. */
  readonly path: string;
  /** Policies of the token that it came with; none for a login. */
  readonly policies: readonly string[];
}

interface AuditEntry {
  readonly type?: string;
  readonly time?: string;
  readonly auth?: { readonly policies?: readonly string[] };
  readonly request?: { readonly operation?: string; readonly path?: string };
}

/**
 * The requests in the output of a Vault server that writes its audit log there. Everything else is left out: the server's
 * own lines, responses, and lines that were cut short.
 */
export function auditedRequests(output: string): AuditedRequest[] {
  return output.split("\n").flatMap((line) => {
    const entry = line.startsWith("{") ? parseEntry(line) : undefined;
    const { time, auth, request } = entry ?? {};
    return entry?.type !== "request" || time === undefined
      ? []
      : [
          {
            time: Date.parse(time),
            operation: request?.operation ?? "",
            path: request?.path ?? "",
            policies: auth?.policies ?? [],
          },
        ];
  });
}

/** Whether a peer sent the request: with one of the tokens that carry its policy, or in order to get one. */
export function isOfPeer({ path, policies }: AuditedRequest, peer: string): boolean {
  return policies.includes(`peer-${peer}`) || path.startsWith(`auth/jwt-${peer}/`);
}

/** How many requests there were in each of some whole minutes from a moment on. */
export function perMinute(requests: readonly AuditedRequest[], start: number, minutes: number): number[] {
  const counts = Array.from({ length: minutes }, () => 0);
  for (const { time } of requests) {
    const minute = Math.floor((time - start) / 60_000);
    if (minute in counts) {
      counts[minute] = (counts[minute] ?? 0) + 1;
    }
  }
  return counts;
}

/** How many requests there were of each kind, the most frequent first, such as `4 read secret/data`. */
export function kinds(requests: readonly AuditedRequest[]): string[] {
  const counts = new Map<string, number>();
  for (const { operation, path } of requests) {
    const kind = `${operation} ${path
      .split("/")
      .slice(0, path.startsWith("auth/") ? 3 : 2)
      .join("/")}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`);
}

function parseEntry(line: string): AuditEntry | undefined {
  try {
    return JSON.parse(line) as AuditEntry;
  } catch {
    return undefined;
  }
}
