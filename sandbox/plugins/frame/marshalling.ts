import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct, Value } from "google-protobuf/google/protobuf/struct_pb.js";
import { appendPath } from "./path.ts";
import { Asset, UNKNOWN, Unknown, isList } from "./values.ts";
import type { Properties, PropertyValue } from "./values.ts";

/** The member by which a map says that it stands for a special value (sdk/go/common/resource/sig). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";

/** Special values that no provider of this package can use, with the words for them. */
const REFUSED: ReadonlyMap<PropertyValue | undefined, string> = new Map([
  ["0def7320c3a5731c473e5ecbe6d01bc7", "an archive"],
  ["5cf8f73096256a8f31e491e813e4eb8e", "a reference to a resource"],
  ["803fd3297a5875dc03ca845dda5d2a98", "a byte string"],
]);

/** What the engine writes for unknown text; the only sentinel that it accepts for every type. */
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The sentinels for unknown text, boolean, number, list, map, asset and archive. */
const SENTINELS: ReadonlySet<string> = new Set([
  UNKNOWN_TEXT,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/**
 * Turns properties as they travel into plain ones: marks of secrets are taken off, sentinels become `UNKNOWN`.
 * @param source Absent on the wire counts as empty.
 * @throws Error for archives, references to resources and byte strings.
 */
export function fromStruct(source: Struct | undefined): Properties {
  return decodeFields(source, "");
}

/**
 * Turns plain properties into what travels; absent (`undefined`) members are dropped, in lists they become null.
 * @param unknownsAllowed Only a preview may answer unknown values.
 * @throws Error for an unknown value where none is allowed, and for a number that JSON can't write.
 */
export function toStruct(source: Properties, unknownsAllowed: boolean): Struct {
  return encodeFields(source, "", unknownsAllowed);
}

function decodeFields(source: Struct | undefined, path: string): Properties {
  const decoded: Record<string, PropertyValue> = {};
  const fields = source?.getFieldsMap().entries() ?? [];
  for (const [name, value] of fields as Iterable<[string, Value]>) {
    decoded[name] = decodeValue(value, appendPath(path, name));
  }
  return decoded;
}

function decodeValue(value: Value, path: string): PropertyValue {
  switch (value.getKindCase()) {
    case struct.Value.KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case struct.Value.KindCase.STRING_VALUE:
      return SENTINELS.has(value.getStringValue()) ? UNKNOWN : value.getStringValue();
    case struct.Value.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case struct.Value.KindCase.LIST_VALUE:
      return (value.getListValue()?.getValuesList() ?? []).map((item, index) =>
        decodeValue(item, appendPath(path, index)),
      );
    case struct.Value.KindCase.STRUCT_VALUE:
      return decodeSpecial(decodeFields(value.getStructValue(), path), path);
    default:
      return null;
  }
}

function decodeSpecial(fields: Properties, path: string): PropertyValue {
  const signature = fields[SIGNATURE];
  if (signature === undefined) {
    return fields;
  }
  if (signature === SECRET) {
    return fields.value ?? null;
  }
  if (signature === OUTPUT) {
    return fields.value ?? UNKNOWN;
  }
  if (signature === ASSET) {
    return new Asset(fields);
  }
  throw new Error(
    `property ${path} is ${REFUSED.get(signature) ?? "a special value that they do not know"}; ` +
      "the sandbox's plugins take plain values and assets only",
  );
}

function encodeFields(source: Properties, path: string, unknownsAllowed: boolean): Struct {
  const target = new struct.Struct();
  const fields = target.getFieldsMap();
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined) {
      fields.set(name, encodeValue(value, appendPath(path, name), unknownsAllowed));
    }
  }
  return target;
}

function encodeValue(value: PropertyValue | undefined, path: string, unknownsAllowed: boolean): Value {
  const target = new struct.Value();
  if (value === null || value === undefined) {
    return target.setNullValue(struct.NullValue.NULL_VALUE);
  }
  if (typeof value === "string") {
    return target.setStringValue(value);
  }
  if (typeof value === "boolean") {
    return target.setBoolValue(value);
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) {
      throw new Error(
        `property ${path} is ${String(value)}, which can't be stored; it must be a finite number`,
      );
    }
    return target.setNumberValue(value);
  }
  if (value instanceof Unknown) {
    if (!unknownsAllowed) {
      throw new Error(`the provider answered an unknown value for property ${path} outside a preview`);
    }
    return target.setStringValue(UNKNOWN_TEXT);
  }
  if (value instanceof Asset) {
    return target.setStructValue(
      encodeFields(
        { [SIGNATURE]: ASSET, path: value.path, text: value.text, uri: value.uri, hash: value.hash },
        path,
        unknownsAllowed,
      ),
    );
  }
  if (isList(value)) {
    const items = value.map((item, index) => encodeValue(item, appendPath(path, index), unknownsAllowed));
    return target.setListValue(new struct.ListValue().setValuesList(items));
  }
  return target.setStructValue(encodeFields(value, path, unknownsAllowed));
}
