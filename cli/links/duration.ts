/** The largest unit of which there are two, rounded down: `47h` rather than `1d`. */
export function durationInWords(total: number): string {
  const units = [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
  ] as const;
  const [unit, length] = units.find(([, size]) => total >= 2 * size) ?? ["s", 1];
  return `${Math.floor(total / length)}${unit}`;
}
