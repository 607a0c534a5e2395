import { gunzipSync } from "node:zlib";

import { CoreV1Api, type KubeConfig, type KubernetesObject } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";

/** A revision of a release, as Helm keeps it in a Secret. */
export interface HelmRelease {
  readonly revision: number;
  /** Such as `deployed` or `failed`. */
  readonly status: string;
  /** Name and version of the chart. */
  readonly chart: string;
  /** What the chart's templates made. */
  readonly objects: readonly KubernetesObject[];
}

/** Reads the latest revision of a release; undefined if there is none. */
export async function latestRelease(
  config: KubeConfig,
  namespace: string,
  name: string,
): Promise<HelmRelease | undefined> {
  const { items } = await config.makeApiClient(CoreV1Api).listNamespacedSecret({
    namespace,
    labelSelector: `owner=helm,name=${name}`,
  });
  const revisionOf = (secret: (typeof items)[number]) => Number(secret.metadata?.labels?.version ?? 0);
  const latest = items.toSorted((one, other) => revisionOf(one) - revisionOf(other)).at(-1);
  const data = latest?.data?.release;
  return data === undefined ? undefined : decodeRelease(data);
}

/**
 * Decodes a release's Secret: JSON, compressed, base64, and base64 once more as a Secret's data is.
 * Source: pkg/storage/driver/util.go of Helm.
 */
export function decodeRelease(data: string): HelmRelease {
  const encoded = Buffer.from(data, "base64").toString("utf8");
  const release = JSON.parse(gunzipSync(Buffer.from(encoded, "base64")).toString("utf8")) as {
    version: number;
    info: { status: string };
    chart: { metadata: { name: string; version: string } };
    manifest: string;
  };
  const { name, version } = release.chart.metadata;
  // A template that makes nothing leaves a document without content.
  const objects = parseAllDocuments(release.manifest).map(
    (document) => document.toJS() as KubernetesObject | null,
  );
  return {
    revision: release.version,
    status: release.info.status,
    chart: `${name} ${version}`,
    objects: objects.filter((object) => object !== null),
  };
}
