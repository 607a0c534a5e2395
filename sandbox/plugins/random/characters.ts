import { randomInt } from "node:crypto";

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const NUMERIC = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

/** What a random text is made of: which classes of characters, and how many of each at least. */
export interface Composition {
  /** Number of characters. */
  readonly length: number;
  readonly lower: boolean;
  readonly upper: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minLower: number;
  readonly minUpper: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  /** Special characters instead of the default ones; `undefined` or empty for the default ones. */
  readonly overrideSpecial: string | undefined;
}

/** Draws a text: cryptographically secure, every place and every allowed character equally likely beyond the minima. */
export function randomText(composition: Composition): string {
  const { overrideSpecial } = composition;
  const special = overrideSpecial === undefined || overrideSpecial === "" ? SPECIAL : overrideSpecial;
  const classes: readonly (readonly [wanted: boolean, minimum: number, characters: string])[] = [
    [composition.lower, composition.minLower, LOWER],
    [composition.upper, composition.minUpper, LOWER.toUpperCase()],
    [composition.numeric, composition.minNumeric, NUMERIC],
    [composition.special, composition.minSpecial, special],
  ];
  const all = classes.map(([wanted, , characters]) => (wanted ? characters : "")).join("");
  const drawn = classes.flatMap(([, minimum, characters]) => draw(minimum, characters));
  return shuffled([...drawn, ...draw(composition.length - drawn.length, all)]).join("");
}

function draw(count: number, characters: string): string[] {
  return Array.from({ length: count }, () => characters.charAt(randomInt(characters.length)));
}

/** Fisher-Yates, so that the minima don't stand at the beginning. */
function shuffled(items: readonly string[]): string[] {
  const result: string[] = [];
  for (const item of items) {
    const place = randomInt(result.length + 1);
    result.push(item);
    [result[place], result[result.length - 1]] = [item, result[place] ?? item];
  }
  return result;
}
