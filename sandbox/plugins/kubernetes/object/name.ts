import { createHash } from "node:crypto";
import type { Autonaming, CheckFailure } from "../../frame/provider.ts";
import { UNKNOWN } from "../../frame/values.ts";
import type { Properties } from "../../frame/values.ts";
import { mapAt, textAt, withValueAt } from "../api/fields.ts";

/** Annotation of objects whose name the plugin made. */
const AUTONAMED = "pulumi.com/autonamed";

/** Whether the plugin made the object's name. */
export function isAutonamed(object: Properties): boolean {
  return textAt(object, "metadata", "annotations", AUTONAMED) === "true";
}

/** A name that differs from run to run of the seed only: `<prefix>-<8 hexadecimal digits>`. */
export function uniqueName(prefix: string, seed: Uint8Array): string {
  return `${prefix}-${createHash("sha256").update(prefix).update(seed).digest("hex").slice(0, 8)}`;
}

/** What a name is made from. */
export interface NameSource {
  /** The resource's name in the program. */
  readonly name: string;
  readonly oldInputs: Properties | undefined;
  readonly randomSeed: Uint8Array;
  readonly autonaming: Autonaming | undefined;
}

/** Names an object that has no name: as before, as the user's `pulumi:autonaming` says, or from the resource's name. */
export function nameObject(
  object: Properties,
  source: NameSource,
): { readonly object: Properties; readonly failures: readonly CheckFailure[] } {
  if (mapAt(object, "metadata").generateName !== undefined) {
    const reason =
      "generateName can't be used together with server-side apply; set metadata.name, or leave both out to have a unique name made";
    return { object, failures: [{ property: "metadata.generateName", reason }] };
  }
  if (object.metadata === UNKNOWN || isNamed(object)) {
    return { object, failures: [] };
  }
  const oldName = textAt(source.oldInputs, "metadata", "name");
  const named = (name: string) =>
    withValueAt(
      withValueAt(object, ["metadata", "name"], name),
      ["metadata", "annotations", AUTONAMED],
      "true",
    );
  if (oldName !== undefined && isAutonamed(source.oldInputs ?? {})) {
    return { object: named(oldName), failures: [] };
  }
  if (source.autonaming?.mode === "disable") {
    const reason = "the object has no name, and pulumi:autonaming is disabled; set metadata.name";
    return { object, failures: [{ property: "metadata.name", reason }] };
  }
  return {
    object: named(source.autonaming?.proposedName ?? uniqueName(source.name, source.randomSeed)),
    failures: [],
  };
}

function isNamed(object: Properties): boolean {
  const name = mapAt(object, "metadata").name;
  return name !== undefined && name !== null && name !== "";
}
