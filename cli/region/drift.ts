import {
  ApiException,
  KubernetesObjectApi,
  type KubeConfig,
  type KubernetesObject,
} from "@kubernetes/client-node";

import { apiFailure } from "../../components/cluster/api-failure.ts";
import { unreachable } from "../failure.ts";

/**
 * What of a release's objects, of whatever kind, is other in the cluster than the release says, a line for each difference.
 * @throws Failure if one can't be read.
 */
export async function releaseDrift(
  config: KubeConfig,
  namespace: string,
  objects: readonly KubernetesObject[],
): Promise<string[]> {
  const api = KubernetesObjectApi.makeApiClient(config);
  const found = objects.map(async (wanted) => {
    const { apiVersion, kind, metadata } = wanted;
    const title = `${kind ?? ""} ${metadata?.name ?? ""}`;
    try {
      const header = { name: metadata?.name ?? "", namespace: metadata?.namespace ?? namespace };
      const live = await api.read({ apiVersion, kind, metadata: header });
      return differences(wanted, live).map((difference) => `${title}: ${difference}`);
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) {
        return [`${title} is gone`];
      }
      throw unreachable(`${title} can't be read: ${apiFailure(error)}`, error);
    }
  });
  return (await Promise.all(found)).flat();
}

/** Where a live object is other than wanted. What the API server added by itself is no difference. */
export function differences(wanted: unknown, live: unknown, path = ""): string[] {
  if (isUnsaid(wanted, live) || sameQuantity(wanted, live)) {
    return [];
  }
  if (Array.isArray(wanted)) {
    const items = Array.isArray(live) ? (live as unknown[]) : [];
    return items.length === wanted.length
      ? wanted.flatMap((item, index) => differences(item, items[index], `${path}[${index}]`))
      : [`${path} has ${items.length} entries instead of ${wanted.length}`];
  }
  if (isObject(wanted)) {
    const fields = isObject(live) ? live : {};
    return Object.entries(wanted).flatMap(([name, value]) =>
      differences(value, fields[name], path === "" ? name : `${path}.${name}`),
    );
  }
  return wanted === live ? [] : [`${path} is ${brief(live)} instead of ${brief(wanted)}`];
}

/** Helm leaves out what is null; the API server does not store what is empty or false. */
function isUnsaid(wanted: unknown, live: unknown): boolean {
  return (
    wanted === undefined || wanted === null || (live === undefined && (wanted === "" || wanted === false))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const factors: Readonly<Record<string, number>> = {
  ...{ m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
};

/** Amounts are stored in the shortest form: 1024Mi comes back as 1Gi. */
function sameQuantity(wanted: unknown, live: unknown): boolean {
  const [one, other] = [wanted, live].map(amount);
  return one !== undefined && one === other;
}

function amount(value: unknown): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(m|k|[KMGT]i|[MGT]|)$/.exec(String(value)) ?? [];
  return digits === undefined ? undefined : Number(digits) * (factors[unit ?? ""] ?? 1);
}

function brief(value: unknown): string {
  if (value === undefined) {
    return "absent";
  }
  const text = JSON.stringify(value);
  // A configuration as a whole helps nobody to see what is other in it.
  return text.length > 60 ? "another text" : text;
}
