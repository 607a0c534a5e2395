import type { PropertyValue } from "../../frame/values.ts";

/** Suffixes of amounts and what they multiply by (apimachinery, pkg/api/resource/suffix.go). */
const FACTORS: ReadonlyMap<string, number> = new Map([
  ["n", 1e-9],
  ["u", 1e-6],
  ["m", 1e-3],
  ["", 1],
  ["k", 1e3],
  ["M", 1e6],
  ["G", 1e9],
  ["T", 1e12],
  ["P", 1e15],
  ["E", 1e18],
  ["Ki", 2 ** 10],
  ["Mi", 2 ** 20],
  ["Gi", 2 ** 30],
  ["Ti", 2 ** 40],
  ["Pi", 2 ** 50],
  ["Ei", 2 ** 60],
]);

/** Whether two values are the same amount, such as `0.5` and `"500m"`: the server writes amounts in its own way. */
export function sameQuantity(left: PropertyValue, right: PropertyValue): boolean {
  const [first, second] = [left, right].map(parseQuantity);
  // Fractions are exact in the API only: 0.1 and 100m differ in the last bits here.
  return first !== undefined && second !== undefined && Math.abs(first - second) <= Math.abs(first) * 1e-12;
}

function parseQuantity(value: PropertyValue): number | undefined {
  if (typeof value === "number") {
    return value;
  }
  if (typeof value !== "string") {
    return undefined;
  }
  const [, digits, suffix = ""] =
    /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([A-Za-z]*)$/u.exec(value) ?? [];
  const factor = FACTORS.get(suffix);
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
