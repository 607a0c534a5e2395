import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { deepmergeCustom } from "deepmerge-ts";
import type { Chart } from "./charts.ts";

/** What a component says about its release; the rest is the same for all of them. */
export interface ChartReleaseArgs {
  /** The chart and its version. Changing the version upgrades the release in place. */
  readonly chart: Chart;
  /** Name of the release, fixed: service names are derived from it. Changing it replaces the release. */
  readonly releaseName: string;
  /** Namespace that holds the release. Changing it replaces the release. */
  readonly namespace: pulumi.Input<string>;
  /** Values of the component; those of the stack's configuration are merged over them. */
  readonly values: Readonly<Record<string, unknown>>;
  /** How long Helm waits for the release's resources and hooks, in seconds. */
  readonly timeoutSeconds: number;
  /** Do not wait for the release's resources. Defaults to false. */
  readonly skipAwait?: boolean;
}

/** Lists are replaced as a whole, as Helm itself does. */
const mergeValues = deepmergeCustom({ mergeArrays: false });

/**
 * Installs a chart the way all components do: by `helm.v3.Release`, which runs the chart's hooks, is one resource in
 * the state, and previews without rendering dozens of manifests.
 */
export function chartRelease(
  name: string,
  args: ChartReleaseArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.helm.v3.Release {
  return new kubernetes.helm.v3.Release(
    name,
    {
      name: args.releaseName,
      chart: args.chart.chart,
      version: args.chart.version,
      repositoryOpts: args.chart.repository === undefined ? undefined : { repo: args.chart.repository },
      namespace: args.namespace,
      values: mergeValues(args.values, args.chart.values),
      timeout: args.timeoutSeconds,
      skipAwait: args.skipAwait,
      // A failed upgrade must not leave half-made resources that block the next one.
      cleanupOnFail: true,
      // Helm keeps every revision by default, each a Secret with all values.
      maxHistory: 5,
    },
    opts,
  );
}
