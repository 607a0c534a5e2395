import type { Properties } from "../../frame/values.ts";
import { mapAt, textAt } from "../api/fields.ts";
import type { HelmSettings } from "../settings.ts";
import { runHelm } from "./command.ts";

/** What a chart says of itself. */
export interface ChartMetadata {
  readonly name: string;
  readonly version: string;
}

/** Fetches the description of the chart that a release's inputs choose. @throws Error with what helm says */
export async function readChart(
  inputs: Properties,
  settings: HelmSettings,
  signal: AbortSignal,
): Promise<ChartMetadata> {
  const output = await runHelm(["show", "chart", ...chartArguments(inputs)], { settings, signal });
  const { parse } = await import("yaml");
  const metadata = parse(output) as Properties;
  return { name: textAt(metadata, "name") ?? "", version: textAt(metadata, "version") ?? "" };
}

/** How a chart is named in messages: `chart "cert-manager" 1.2.3 of https://charts.example.com`. */
export function describeChart(inputs: Properties): string {
  const version = textAt(inputs, "version");
  const repository = textAt(inputs, "repositoryOpts", "repo");
  return (
    `chart "${textAt(inputs, "chart") ?? ""}"` +
    (version === undefined ? "" : ` ${version}`) +
    (repository === undefined ? "" : ` of ${repository}`)
  );
}

/** The arguments of helm's commands that choose the chart. */
export function chartArguments(inputs: Properties): readonly string[] {
  const repository = mapAt(inputs, "repositoryOpts");
  const option = (value: string | undefined, argument: string) =>
    value === undefined || value === "" ? [] : [argument, value];
  return [
    textAt(inputs, "chart") ?? "",
    ...option(textAt(inputs, "version"), "--version"),
    ...option(textAt(repository, "repo"), "--repo"),
    ...option(textAt(repository, "caFile"), "--ca-file"),
    ...option(textAt(repository, "certFile"), "--cert-file"),
    ...option(textAt(repository, "keyFile"), "--key-file"),
    ...(inputs.devel === true ? ["--devel"] : []),
    ...(inputs.verify === true ? ["--verify", ...option(textAt(inputs, "keyring"), "--keyring")] : []),
  ];
}
