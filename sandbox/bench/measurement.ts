/** The same thing, measured once or several times. */
export interface Measurement {
  /** What was measured, such as `stack hub`. */
  readonly subject: string;
  /** Unit of the values, such as `s`. */
  readonly unit: string;
  readonly values: readonly number[];
}

/** What a bench found. */
export interface Findings {
  readonly measurements: readonly Measurement[];
  /** Under which conditions, one sentence each: without them the figures mean nothing. */
  readonly conditions: readonly string[];
}

/** What is found by each bench, by its name. */
export type FindingsByBench = Readonly<Record<string, Findings>>;

/**
 * The smallest of the values that at least a share of them does not exceed (nearest rank); `NaN` if there is none.
 * @param share Such as 0.95.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil(share * sorted.length), 1) - 1] ?? Number.NaN;
}

/** One table of all benches, and below it the conditions of each. */
export function report(findings: FindingsByBench): string {
  const rows = Object.entries(findings).flatMap(([bench, { measurements }]) =>
    measurements.map(({ subject, unit, values }) => [
      bench,
      subject,
      unit,
      String(values.length),
      shown(percentile(values, 0.5)),
      // Of a single value there is no distribution.
      values.length > 1 ? shown(percentile(values, 0.95)) : "",
      values.length > 1 ? shown(percentile(values, 1)) : "",
    ]),
  );
  const conditions = Object.entries(findings).flatMap(([bench, found]) =>
    found.conditions.map((condition) => `${bench}: ${condition}`),
  );
  const table = aligned([["bench", "measured", "unit", "n", "p50", "p95", "max"], ...rows]);
  return [...table, "", ...conditions].join("\n");
}

/** Three digits are more than any of the figures is worth. */
function shown(value: number): string {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return value.toFixed(digits);
}

/** Texts to the left, numbers to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}
