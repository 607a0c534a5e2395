import { z } from "zod";

/**
 * Lists every property that a schema knows, at all depths: `cluster.label`, `cluster.tags[]` for the members of a list,
 * `cluster.pools.*` for those of a map.
 */
export function propertiesOf(schema: unknown, path = ""): string[] {
  const own = path === "" ? [] : [path];
  const inner = (next: unknown, step: string): string[] => propertiesOf(next, `${path}${step}`);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return propertiesOf(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodPipe) {
    // What is prepared before it is checked has its form on the other side.
    return propertiesOf(schema.in instanceof z.ZodTransform ? schema.out : schema.in, path);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    return [...new Set(schema.options.flatMap((option) => propertiesOf(option, path)))];
  }
  if (schema instanceof z.ZodObject) {
    const members = Object.entries(schema.shape);
    return [...own, ...members.flatMap(([key, member]) => inner(member, path === "" ? key : `.${key}`))];
  }
  if (schema instanceof z.ZodArray) {
    return [...own, ...inner(schema.element, "[]")];
  }
  if (schema instanceof z.ZodRecord) {
    // What anybody may write, such as Helm values, has no properties of its own.
    return schema.valueType instanceof z.ZodUnknown ? own : [...own, ...inner(schema.valueType, ".*")];
  }
  return own;
}
