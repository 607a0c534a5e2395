import type { Properties } from "../../frame/values.ts";
import { textAt } from "../api/fields.ts";

/** The arguments of helm's commands that install a chart, as a release's inputs say. */
export function installationArguments(inputs: Properties, command: "install" | "upgrade"): readonly string[] {
  const flag = (name: string, argument: string) => (inputs[name] === true ? [argument] : []);
  const waits = inputs.skipAwait !== true || inputs.atomic === true;
  const description = textAt(inputs, "description");
  const maxHistory = inputs.maxHistory;
  return [
    ...(waits ? ["--wait"] : []),
    ...flag("waitForJobs", "--wait-for-jobs"),
    ...timeoutArguments(inputs),
    ...flag("skipCrds", "--skip-crds"),
    ...flag("disableWebhooks", "--no-hooks"),
    ...flag("disableOpenapiValidation", "--disable-openapi-validation"),
    ...flag("dependencyUpdate", "--dependency-update"),
    ...flag("renderSubchartNotes", "--render-subchart-notes"),
    ...flag("takeOwnership", "--take-ownership"),
    ...flag("forceUpdate", "--force"),
    ...(description === undefined ? [] : ["--description", description]),
    ...(command === "install"
      ? [...flag("createNamespace", "--create-namespace"), ...flag("replace", "--replace")]
      : [
          ...flag("resetValues", "--reset-values"),
          ...flag("reuseValues", "--reuse-values"),
          ...flag("cleanupOnFail", "--cleanup-on-fail"),
          // helm keeps 10 by itself; the official plugin keeps all.
          ...["--history-max", typeof maxHistory === "number" ? String(maxHistory) : "0"],
        ]),
  ];
}

/** The argument for how long helm waits for each step, none where the inputs don't say. */
export function timeoutArguments(inputs: Properties): readonly string[] {
  const { timeout } = inputs;
  return typeof timeout === "number" ? ["--timeout", `${String(timeout)}s`] : [];
}
