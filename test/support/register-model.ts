/** What one region has written of a secret with several writers. */
export type Part = Readonly<Record<string, string>>;

/** The parts that a region's Vault holds, by the region that wrote them. */
export type Parts = Readonly<Record<string, Part>>;

/** What a register makes of its parts. */
export interface Outcome {
  readonly writer: string;
  readonly revision: number;
  readonly data: Part;
}

/**
 * What a register is meant to make of its parts: the highest revision wins, of equals that of the last region by name.
 * The template that really does it is compared with this.
 */
export function intendedOutcome(parts: Parts): Outcome {
  const candidates = Object.entries(parts).map(([writer, { revision = "", ...data }]) => ({
    writer,
    revision: /^\d+$/.test(revision) ? Number(revision) : 0,
    data,
  }));
  candidates.sort((a, b) => a.revision - b.revision || (a.writer < b.writer ? -1 : 1));
  return candidates.at(-1) ?? { writer: "", revision: 0, data: {} };
}
