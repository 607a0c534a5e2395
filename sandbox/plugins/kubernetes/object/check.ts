import type { CheckFailure, CheckRequest, CheckResult } from "../../frame/provider.ts";
import { isList, isProperties } from "../../frame/values.ts";
import type { Properties, PropertyValue } from "../../frame/values.ts";
import { mapAt, textAt, withValueAt } from "../api/fields.ts";
import { isReachable } from "../cluster.ts";
import { parseWaitFor } from "../readiness/wait-for.ts";
import type { Session } from "../session.ts";
import { nameObject } from "./name.ts";

/** Validates an object's inputs, and fills in what the program may leave out: kind, name and namespace. */
export async function checkObject(
  request: CheckRequest,
  kind: { readonly apiVersion: string; readonly kind: string },
  session: Session,
): Promise<CheckResult> {
  const inputs = { ...kind, ...(withoutNulls(request.newInputs) as Properties) };
  const { object, failures } = nameObject(inputs, request);
  if (isReachable(session.cluster) && kind.kind === "CustomResourceDefinition") {
    session.cluster.discovery.declare(object);
  }
  return {
    inputs: await withNamespace(object, request.oldInputs, session),
    failures: [...failures, ...findAnnotationFailures(object)],
  };
}

/** The server drops members that are null, and would make them a difference. */
function withoutNulls(value: PropertyValue): PropertyValue {
  if (isList(value)) {
    return value.map(withoutNulls);
  }
  if (!isProperties(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      member === null || member === undefined ? [] : [[name, withoutNulls(member)]],
    ),
  );
}

async function withNamespace(
  object: Properties,
  oldInputs: Properties | undefined,
  session: Session,
): Promise<Properties> {
  if (mapAt(object, "metadata").namespace !== undefined) {
    return object;
  }
  const { cluster } = session;
  const [apiVersion, kind] = [textAt(object, "apiVersion"), textAt(object, "kind")];
  const known =
    isReachable(cluster) && apiVersion !== undefined && kind !== undefined
      ? await cluster.discovery.isNamespaced(apiVersion, kind)
      : undefined;
  // Of a kind that nothing is known about, an existing object tells; a new one counts as namespaced.
  const isNamespaced =
    known ?? (oldInputs === undefined || textAt(oldInputs, "metadata", "namespace") !== undefined);
  return isNamespaced ? withValueAt(object, ["metadata", "namespace"], cluster.defaultNamespace) : object;
}

function findAnnotationFailures(object: Properties): readonly CheckFailure[] {
  if (textAt(object, "metadata", "annotations", "pulumi.com/replaceUnready") !== undefined) {
    const reason =
      "the sandbox's own kubernetes plugin does not implement pulumi.com/replaceUnready; remove it, and let " +
      "pulumi up --replace make a failed Job anew";
    return [{ property: 'metadata.annotations["pulumi.com/replaceUnready"]', reason }];
  }
  const waitFor = textAt(object, "metadata", "annotations", "pulumi.com/waitFor");
  if (waitFor === undefined) {
    return [];
  }
  try {
    parseWaitFor(waitFor);
    return [];
  } catch (error) {
    return [{ property: 'metadata.annotations["pulumi.com/waitFor"]', reason: (error as Error).message }];
  }
}
