import { isProperties } from "../../frame/values.ts";
import type { Properties, PropertyValue } from "../../frame/values.ts";
import { listAt, mapAt, numberAt, textAt } from "../api/fields.ts";
import type { Discovery } from "../api/discovery.ts";
import { groupOf } from "../api/kubernetes-object.ts";
import { mergeValues } from "./inputs.ts";

/** A release as helm answers it. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  /** `deployed`, `failed`, `pending-install` and so on. */
  readonly status: string;
  /** What happened last, in helm's words. */
  readonly description: string;
  readonly chart: { readonly name: string; readonly version: string; readonly appVersion: string };
  /** The values that the release was made with, without the chart's own. */
  readonly config: Properties;
  /** The objects, as YAML documents. */
  readonly manifest: string;
  /** The hooks' objects, each as a YAML document. */
  readonly hooks: readonly string[];
}

/**
 * Reads what helm answers as JSON.
 * @param chartJson The answer of `helm get metadata`; without it, the answer has to hold the chart, as those of
 *   `helm install` and `helm upgrade` do and that of `helm status` does not.
 */
export function parseRelease(json: string, chartJson?: string): Release {
  const data = JSON.parse(json) as Properties;
  const metadata = chartJson === undefined ? mapAt(data, "chart", "metadata") : readMetadata(chartJson);
  return {
    name: textAt(data, "name") ?? "",
    namespace: textAt(data, "namespace") ?? "",
    revision: numberAt(data, "version") ?? 0,
    status: textAt(data, "info", "status") ?? "unknown",
    description: textAt(data, "info", "description") ?? "",
    chart: {
      name: textAt(metadata, "name") ?? "",
      version: textAt(metadata, "version") ?? "",
      appVersion: textAt(metadata, "appVersion") ?? "",
    },
    config: mapAt(data, "config"),
    manifest: textAt(data, "manifest") ?? "",
    hooks: listAt(data, "hooks").map((hook) => textAt(hook, "manifest") ?? ""),
  };
}

/** `helm get metadata` calls the chart's name `chart`, as `name` is the release's. */
function readMetadata(json: string): Properties {
  const metadata = JSON.parse(json) as Properties;
  return { ...metadata, name: metadata.chart };
}

/** The objects in a manifest. */
export async function parseManifest(manifest: string): Promise<readonly Properties[]> {
  const { parseAllDocuments } = await import("yaml");
  return [...parseAllDocuments(manifest)]
    .map((document) => document.toJS() as PropertyValue)
    .filter((object) => isProperties(object) && textAt(object, "kind") !== undefined) as Properties[];
}

/** What is stored of a release: its inputs, the values it was made with, what became of it, and its objects' names. */
export async function releaseOutputs(
  inputs: Properties,
  release: Release,
  discovery: Discovery,
): Promise<Properties> {
  const { name, namespace, revision, status, chart, config } = release;
  return {
    ...inputs,
    version: chart.version,
    values: mergeValues(mapAt(inputs, "values"), config),
    status: {
      name,
      namespace,
      revision,
      status,
      chart: chart.name,
      version: chart.version,
      appVersion: chart.appVersion,
    },
    resourceNames: await collectNames(release, discovery),
  };
}

/** Names of a release's objects by kind: `Deployment.apps/apps/v1` -> `shop/web`. */
async function collectNames(release: Release, discovery: Discovery): Promise<Properties> {
  const names = new Map<string, string[]>();
  for (const object of await parseManifest(release.manifest)) {
    const [apiVersion = "", kind = ""] = [textAt(object, "apiVersion"), textAt(object, "kind")];
    const group = groupOf(apiVersion);
    const key = `${group === "" ? kind : `${kind}.${group}`}/${apiVersion}`;
    const name = textAt(object, "metadata", "name") ?? "";
    const isNamespaced = (await discovery.isNamespaced(apiVersion, kind)) ?? true;
    const namespace = textAt(object, "metadata", "namespace") ?? release.namespace;
    names.set(key, [...(names.get(key) ?? []), isNamespaced ? `${namespace}/${name}` : name]);
  }
  return Object.fromEntries(names);
}
