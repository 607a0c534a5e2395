import type { Properties } from "../../frame/values.ts";
import { ApiError } from "../api/api-error.ts";
import { mapAt, textAt } from "../api/fields.ts";
import { describeObject } from "../api/kubernetes-object.ts";
import { UnknownKindError } from "../api/objects.ts";

/** What was tried, as it stands in a sentence. */
export type Attempt = "created" | "updated" | "read" | "deleted";

/** Turns what the API server said about an object into a sentence with the object, the reason and the remedy. */
export function explainRefusal(error: unknown, object: Properties, attempt: Attempt): Error {
  const described = describeObject({
    kind: textAt(object, "kind") ?? "object",
    metadata: {
      name: textAt(object, "metadata", "name"),
      namespace: textAt(object, "metadata", "namespace"),
    },
  });
  if (error instanceof UnknownKindError) {
    const { message } = error;
    return new Error(`${described} can't be ${attempt}: ${message}, and let the resource depend on it`, {
      cause: error,
    });
  }
  if (!(error instanceof ApiError)) {
    return error instanceof Error ? error : new Error(String(error));
  }
  const reason = withoutSecrets(error.message, object).replace(/[.\s]+$/u, "");
  const remedy = findRemedy(error, object);
  return new Error(
    `${described} can't be ${attempt}: ${reason}${remedy === undefined ? "" : `; ${remedy}`}`,
    {
      cause: error,
    },
  );
}

function findRemedy(error: ApiError, object: Properties): string | undefined {
  const namespace = textAt(object, "metadata", "namespace") ?? "default";
  if (error.isAlreadyExists) {
    return (
      "import it into the stack (pulumi import), delete it, " +
      "or set the provider's upsertExistingObjects to take such objects over"
    );
  }
  if (error.isNamespaceTerminating) {
    return `wait until namespace ${namespace} is gone, and run again`;
  }
  if (error.isNamespaceMissing) {
    return `create namespace ${namespace} first, and let the resource depend on it`;
  }
  if (error.isConflict) {
    return (
      "leave these fields to their manager (remove them from the program, or list them in ignoreChanges), " +
      'or take them over with annotation pulumi.com/patchForce: "true"'
    );
  }
  if (error.code === 401) {
    return "renew the credentials in the provider's kubeconfig";
  }
  return undefined;
}

/** The server quotes invalid values; a Secret's must not be shown. */
function withoutSecrets(message: string, object: Properties): string {
  if (textAt(object, "kind") !== "Secret") {
    return message;
  }
  const values = [mapAt(object, "data"), mapAt(object, "stringData")].flatMap((data) => Object.values(data));
  return values.reduce<string>(
    (text, value) => (typeof value === "string" && value !== "" ? text.replaceAll(value, "[secret]") : text),
    message,
  );
}
