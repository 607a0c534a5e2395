import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import {
  annotationTemplates,
  resultAnnotations,
  resultTemplate,
} from "../../../components/federation/register-template.ts";
import { helmTemplate } from "../../support/helm-template.ts";
import { randomNumbers } from "../../support/randomness.ts";
import { intendedOutcome, type Outcome, type Part, type Parts } from "../../support/register-model.ts";

/** Runs the register's own templates on parts as ESO hands them over: the JSON of each, by region. */
async function render(cases: readonly Parts[]): Promise<Outcome[]> {
  const { writer, revision } = resultAnnotations;
  const rendered = await helmTemplate(
    {
      data: resultTemplate,
      writer: annotationTemplates[writer] ?? "",
      revision: annotationTemplates[revision] ?? "",
    },
    cases.map((parts) =>
      Object.fromEntries(Object.entries(parts).map(([region, part]) => [region, JSON.stringify(part)])),
    ),
  );
  return rendered.map((texts) => ({
    writer: texts.writer,
    revision: Number(texts.revision),
    data: JSON.parse(texts.data) as Part,
  }));
}

function part(revision: number | string, password: string): Part {
  return { revision: String(revision), password };
}

describe("A register", () => {
  const table: readonly (readonly [title: string, parts: Parts, outcome: Outcome])[] = [
    [
      "takes the only part that there is",
      { hub: part(1, "a") },
      { writer: "hub", revision: 1, data: { password: "a" } },
    ],
    [
      "takes the higher revision, whoever wrote it",
      { edge: part(3, "a"), hub: part(2, "b") },
      { writer: "edge", revision: 3, data: { password: "a" } },
    ],
    [
      "compares revisions as numbers",
      { edge: part(9, "a"), hub: part(10, "b") },
      { writer: "hub", revision: 10, data: { password: "b" } },
    ],
    [
      "takes of equal revisions that of the last region by name",
      { edge: part(4, "a"), hub: part(4, "b"), "edge-b": part(4, "c") },
      { writer: "hub", revision: 4, data: { password: "b" } },
    ],
    [
      "stays with a removal against older values",
      { edge: part(5, "a"), hub: { revision: "6", deleted: "true" } },
      { writer: "hub", revision: 6, data: { deleted: "true" } },
    ],
    [
      "lets a newer value end a removal",
      { edge: part(7, "a"), hub: { revision: "6", deleted: "true" } },
      { writer: "edge", revision: 7, data: { password: "a" } },
    ],
    [
      "holds a part without a revision, or with one that is no number, for the oldest",
      { edge: { password: "a" }, hub: part("new", "b"), "edge-b": part(1, "c") },
      { writer: "edge-b", revision: 1, data: { password: "c" } },
    ],
    [
      "leaves values as they are, whatever characters they have",
      { hub: part(1, `<&>"'\\{{ fail "x" }}\n: - # ü\t`) },
      { writer: "hub", revision: 1, data: { password: `<&>"'\\{{ fail "x" }}\n: - # ü\t` } },
    ],
    [
      "leaves values that look like numbers, flags and nothing as texts",
      { hub: { revision: "1", a: "007", b: "true", c: "", d: "1e3", e: "null" } },
      { writer: "hub", revision: 1, data: { a: "007", b: "true", c: "", d: "1e3", e: "null" } },
    ],
    ["makes nothing of no parts", {}, { writer: "", revision: 0, data: {} }],
  ];
  let rendered: Outcome[];

  before(async () => {
    rendered = await render(table.map(([, parts]) => parts));
  });

  for (const [index, [title, parts, outcome]] of table.entries()) {
    test(title, () => {
      assert.deepEqual(rendered[index], outcome);
      assert.deepEqual(intendedOutcome(parts), outcome);
    });
  }
});

const regions = ["hub", "edge", "edge-b"];

/** One region: what its people wrote, what its Vault holds of everybody's parts, and what its register made of them. */
interface Region {
  readonly name: string;
  source?: Part;
  parts: Record<string, Part>;
  result: Outcome;
}

/** Everything that can happen, one at a time and in any order: an edit, a push to one Vault, a look at the own one. */
class Federation {
  readonly regions: Region[] = regions.map((name) => ({ name, parts: {}, result: intendedOutcome({}) }));
  /** Parts that a register was computed from: the real engine must agree on each. */
  readonly seen = new Map<string, Parts>();
  /** The last edit that each region made, for the one that must win. */
  readonly written: Parts[] = [];

  /**
   * What `vfed secret set` and `remove` do: the next revision of all that the region knows. They look before, but what
   * arrives between that look and this is as good as written at the same time.
   */
  edit(region: Region, data: Part): void {
    const known = Math.max(Number(region.source?.revision ?? 0), region.result.revision);
    region.source = { revision: String(known + 1), ...data };
    this.written.push({ [region.name]: region.source });
  }

  push(from: Region, to: Region): void {
    if (from.source !== undefined) {
      to.parts = { ...to.parts, [from.name]: from.source };
    }
  }

  look(region: Region): void {
    const parts = { ...region.parts };
    this.seen.set(JSON.stringify(parts), parts);
    region.result = intendedOutcome(parts);
  }

  /** Every timer fires often enough; the order is a matter of chance. */
  settle(random: (below: number) => number): void {
    const steps = this.regions.flatMap((region) => [
      ...this.regions.map((other) => () => {
        this.push(region, other);
      }),
    ]);
    for (const step of shuffled(steps, random)) {
      step();
      this.look(this.#one(random));
    }
    for (const region of this.regions) {
      this.look(region);
    }
  }

  step(random: (below: number) => number, value: number): void {
    const region = this.#one(random);
    const kind = random(8);
    if (kind === 0) {
      this.edit(region, random(4) === 0 ? { deleted: "true" } : { password: `value ${value}` });
    } else if (kind < 5) {
      this.push(region, this.#one(random));
    } else {
      this.look(region);
    }
  }

  #one(random: (below: number) => number): Region {
    return this.regions[random(this.regions.length)] ?? assert.fail("there are no regions");
  }
}

function shuffled<T>(items: readonly T[], random: (below: number) => number): T[] {
  return items
    .map((item) => ({ item, rank: random(1_000_000) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** The highest revision that anybody ever wrote; of equals that of the last region by name. */
function winner(written: readonly Parts[]): Outcome {
  const outcomes = written.map(intendedOutcome);
  return outcomes.reduce((best, next) =>
    next.revision > best.revision || (next.revision === best.revision && next.writer > best.writer)
      ? next
      : best,
  );
}

describe("Regions that edit a secret at the same time", () => {
  const rounds = 300;
  const federations = Array.from({ length: rounds }, (_, round) => {
    const random = randomNumbers(round + 1);
    const federation = new Federation();
    for (let step = 0; step < 40; step += 1) {
      federation.step(random, step);
    }
    return { federation, random };
  });

  test("agree on one of the last edits once everything has arrived, in whatever order", () => {
    for (const { federation, random } of federations) {
      federation.settle(random);
      if (federation.written.length === 0) {
        continue;
      }
      const expected = winner(federation.written);
      assert.deepEqual(
        federation.regions.map(({ result }) => result),
        regions.map(() => expected),
      );
    }
    assert.ok(federations.filter(({ federation }) => federation.written.length > 3).length > rounds / 2);
  });

  test("never change their minds afterwards", () => {
    for (const { federation, random } of federations) {
      const before = structuredClone(federation.regions);
      federation.settle(random);
      assert.deepEqual(federation.regions, before);
    }
  });

  test("never go back to an older revision on the way", () => {
    for (let round = 0; round < rounds; round += 1) {
      const random = randomNumbers(10_000 + round);
      const federation = new Federation();
      for (let step = 0; step < 60; step += 1) {
        const before = federation.regions.map(({ result }) => result.revision);
        federation.step(random, step);
        const after = federation.regions.map(({ result }) => result.revision);
        assert.ok(after.every((revision, index) => revision >= (before[index] ?? 0)));
      }
    }
  });

  test("are told the same by the template that really decides, on all that occurred", async () => {
    const cases = [...new Map(federations.flatMap(({ federation }) => [...federation.seen])).values()];
    assert.ok(cases.length > 500);
    assert.deepEqual(await render(cases), cases.map(intendedOutcome));
  });
});
