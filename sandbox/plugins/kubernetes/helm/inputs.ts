import { readFileSync } from "node:fs";
import type { CheckFailure, CheckRequest, CheckResult } from "../../frame/provider.ts";
import { Asset, hasUnknown, isList, isProperties } from "../../frame/values.ts";
import type { Properties, PropertyValue } from "../../frame/values.ts";
import { mapAt, textAt } from "../api/fields.ts";
import { uniqueName } from "../object/name.ts";
import type { Session } from "../session.ts";
import { describeChart, readChart } from "./chart.ts";

/** Seconds that helm waits for each step, unless the program says otherwise. */
const DEFAULT_TIMEOUT_SECONDS = 300;

/** Options of the official plugin that are not implemented. */
const REFUSED = ["postrender", "lint", "recreatePods", "disableCRDHooks", "manifest"];

/** Options that would put a password on a command line. */
const REFUSED_IN_REPOSITORY = ["username", "password"];

/**
 * Validates a release's inputs, and fills in what the program leaves out. The chart is looked at, in previews as well:
 * a release's version is that of the chart that was found. An unknown input puts all that off.
 */
export async function checkRelease(request: CheckRequest, session: Session): Promise<CheckResult> {
  const failures = findFailures(request.newInputs);
  const inputs = withDefaults(request, session);
  if (failures.length > 0 || hasUnknown(inputs)) {
    return { inputs, failures };
  }
  const { valueYamlFiles, ...rest } = inputs;
  const merged = await readValueFiles(valueYamlFiles);
  if (typeof merged === "string") {
    return { inputs, failures: [{ property: "valueYamlFiles", reason: merged }] };
  }
  const values = mergeValues(merged, mapAt(rest, "values"));
  const complete = { ...rest, values: rest.allowNullValues === true ? values : withoutNulls(values) };
  try {
    const { version } = await readChart(complete, session.settings.helm, request.signal);
    return { inputs: { ...complete, version } };
  } catch (error) {
    const reason =
      `${describeChart(complete)} can't be read: ${(error as Error).message}; ` +
      "check that the repository can be reached from here, and that it has this chart in this version";
    return { inputs: complete, failures: [{ property: "chart", reason }] };
  }
}

/** Merges values as helm does: maps member by member, all else as a whole; the second one wins. */
export function mergeValues(first: Properties, second: Properties): Properties {
  const merged: Record<string, PropertyValue | undefined> = { ...first };
  for (const [name, value] of Object.entries(second)) {
    const before = merged[name];
    merged[name] = isProperties(before) && isProperties(value) ? mergeValues(before, value) : value;
  }
  return merged;
}

function findFailures(inputs: Properties): readonly CheckFailure[] {
  const refuse = (property: string): CheckFailure => ({
    property,
    reason: `the sandbox's own kubernetes plugin does not implement "${property}" of releases; leave it out`,
  });
  const isSet = (value: PropertyValue | undefined) =>
    value !== undefined && value !== null && value !== false && value !== "";
  const repository = mapAt(inputs, "repositoryOpts");
  return [
    ...(isSet(inputs.chart)
      ? []
      : [{ property: "chart", reason: "a release needs a chart: a name, a path or a URL" }]),
    ...REFUSED.filter((name) => isSet(inputs[name])).map(refuse),
    ...REFUSED_IN_REPOSITORY.filter((name) => isSet(repository[name])).map((name) =>
      refuse(`repositoryOpts.${name}`),
    ),
  ];
}

function withDefaults(request: CheckRequest, session: Session): Properties {
  const { newInputs, oldInputs, name, randomSeed, autonaming } = request;
  const oldName = textAt(oldInputs, "name");
  const wasMade =
    oldName?.startsWith(`${name}-`) === true && /^[0-9a-f]{8}$/u.test(oldName.slice(name.length + 1));
  const defaultName = wasMade ? oldName : (autonaming?.proposedName ?? uniqueName(name, randomSeed));
  return {
    ...newInputs,
    name: newInputs.name ?? defaultName,
    namespace: newInputs.namespace ?? session.cluster.defaultNamespace,
    ...(newInputs.skipAwait === true ? {} : { timeout: newInputs.timeout ?? DEFAULT_TIMEOUT_SECONDS }),
  };
}

/** The values of all files, later ones over earlier ones; a text says what is wrong with a file. */
async function readValueFiles(files: PropertyValue | undefined): Promise<Properties | string> {
  if (!isList(files)) {
    return {};
  }
  const { parse } = await import("yaml");
  let merged: Properties = {};
  for (const file of files) {
    if (!(file instanceof Asset) || file.uri !== undefined) {
      return "it must be a list of file or text assets; this plugin does not download values";
    }
    try {
      const contents = file.text ?? readFileSync(file.path ?? "", "utf8");
      const values = (parse(contents) ?? {}) as PropertyValue;
      if (!isProperties(values)) {
        return `${file.path ?? "the text"} must be a YAML map of values`;
      }
      merged = mergeValues(merged, values);
    } catch (error) {
      // The parser's message quotes the text, which may hold secrets.
      const { code, message } = error as NodeJS.ErrnoException;
      return code === "ENOENT" ? message : `${file.path ?? "the text"} is not valid YAML`;
    }
  }
  return merged;
}

function withoutNulls(values: Properties): Properties {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === null || value === undefined
        ? []
        : [[name, isProperties(value) ? withoutNulls(value) : value]],
    ),
  );
}
