import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { RunError } from "@pulumi/pulumi";

import { ConfigurationError, explain } from "../../../config/problem.ts";
import { settingsSchema } from "../../../config/settings.ts";
import { startRuntime } from "../../support/runtime.ts";
import { inputWith } from "../../support/settings.ts";

const role = {
  property: "vault-federation:role",
  received: '"spoke"',
  allowed: "hub or edge",
  remedy: "pulumi config set --stack hub --path 'vault-federation:role' <value>",
};

before(async () => {
  await startRuntime({ stack: "hub", config: {} });
});

async function problemsOf(input: unknown): Promise<unknown> {
  const parsed = await settingsSchema.safeParseAsync(input, { reportInput: true });
  return parsed.error?.issues.flatMap(explain);
}

describe("A configuration error", () => {
  test("is one that Pulumi shows without a stack trace", () => {
    assert.ok(RunError.isInstance(new ConfigurationError("hub", [role])));
  });

  test("shows one problem as a block of four lines", () => {
    assert.equal(
      new ConfigurationError("hub", [role]).message,
      `the configuration of stack "hub" has a problem:

  vault-federation:role
    received  "spoke"
    allowed   hub or edge
    remedy    pulumi config set --stack hub --path 'vault-federation:role' <value>
`,
    );
  });

  test("counts several problems and sets them apart by an empty line", () => {
    const other = { property: "linode:token", received: "nothing", allowed: "a token", remedy: "give one" };
    assert.equal(
      new ConfigurationError("edge", [role, other]).message,
      `the configuration of stack "edge" has 2 problems:

  vault-federation:role
    received  "spoke"
    allowed   hub or edge
    remedy    pulumi config set --stack hub --path 'vault-federation:role' <value>

  linode:token
    received  nothing
    allowed   a token
    remedy    give one
`,
    );
  });
});

describe("A finding of the schema becomes a problem", () => {
  test("that names property, value, what is allowed, and the command that sets it", async () => {
    assert.deepEqual(await problemsOf(inputWith("role", "spoke")), [role]);
  });

  test('that says "nothing" where nothing stands', async () => {
    assert.deepEqual(await problemsOf(inputWith("cluster.region", undefined)), [
      {
        property: "vault-federation:cluster.region",
        received: "nothing",
        allowed: "a Linode region, such as us-ord",
        remedy: "pulumi config set --stack hub --path 'vault-federation:cluster.region' <value>",
      },
    ]);
  });

  test("with the position of a member of a list, as `pulumi config --path` takes it", async () => {
    assert.deepEqual(await problemsOf(inputWith("cluster.tags", ["hub", "x"])), [
      {
        property: "vault-federation:cluster.tags[1]",
        received: '"x"',
        allowed: "a tag of 3 to 50 characters",
        remedy: "pulumi config set --stack hub --path 'vault-federation:cluster.tags[1]' <value>",
      },
    ]);
  });

  test("with a name that is no plain word in brackets and quotes", async () => {
    const input = inputWith("cluster.systemPool", {
      type: "g6-standard-4",
      count: 1,
      labels: { "example.com/tier": 1 },
    });
    assert.deepEqual(await problemsOf(input), [
      {
        property: 'vault-federation:cluster.systemPool.labels["example.com/tier"]',
        received: "1",
        allowed:
          "a label's value: 1 to 63 letters, digits, hyphens, dots and underscores that begin and end with a letter or digit; " +
          "numbers and booleans in quotes",
        remedy:
          "pulumi config set --stack hub --path 'vault-federation:cluster.systemPool.labels[\"example.com/tier\"]' <value>",
      },
    ]);
  });

  for (const [title, path, value, received] of [
    ["an object is missing", "cluster.systemPool", undefined, "nothing"],
    ["an object is expected", "certManager", 2, "2"],
    ["a map is expected", "cluster.pools", "batch", '"batch"'],
    ["a list is expected", "cluster.tags", "hub", '"hub"'],
    ["an object stands in the place of a word", "cluster.label", { is: "hub" }, '{"is":"hub"}'],
  ] as const) {
    test(`that sends to the file when ${title}, as a command can set single values only`, async () => {
      const [problem] = (await problemsOf(inputWith(path, value))) as readonly Record<string, string>[];
      assert.equal(problem?.property, `vault-federation:${path}`);
      assert.equal(problem.received, received);
      assert.equal(problem.remedy, "edit it in Pulumi.hub.yaml");
    });
  }

  test("for each property that does not exist, with the command that removes it", async () => {
    const input = { ...inputWith("cluster.systemPool.autoscale", {}), colour: "red", size: 3 };
    const expected = (property: string): object => ({
      property,
      received: "a property that does not exist",
      allowed: "the properties that Pulumi.hub.yaml explains",
      remedy: `pulumi config rm --stack hub --path '${property}'`,
    });
    assert.deepEqual(await problemsOf(input), [
      expected("vault-federation:cluster.systemPool.autoscale"),
      expected("vault-federation:colour"),
      expected("vault-federation:size"),
    ]);
  });

  test("that asks for another name where a name is wrong", async () => {
    const input = inputWith("cluster.pools.My_Pool", { type: "g6-standard-4", count: 1 });
    assert.deepEqual(await problemsOf(input), [
      {
        property: "vault-federation:cluster.pools.My_Pool",
        received: "such a name",
        allowed: "a name of 3 to 30 lower-case letters, digits and hyphens that starts with a letter",
        remedy: "rename it in Pulumi.hub.yaml",
      },
    ]);
  });
});
