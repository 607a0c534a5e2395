import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Properties } from "../../../../plugins/frame/values.ts";
import { installationArguments } from "../../../../plugins/kubernetes/helm/arguments.ts";
import { chartArguments, describeChart } from "../../../../plugins/kubernetes/helm/chart.ts";
import { mergeValues } from "../../../../plugins/kubernetes/helm/inputs.ts";
import { parseManifest, parseRelease } from "../../../../plugins/kubernetes/helm/release.ts";
import { explainRefusal } from "../../../../plugins/kubernetes/object/refusal.ts";
import { ApiError } from "../../../../plugins/kubernetes/api/api-error.ts";

describe("a release's inputs", () => {
  const cases: readonly [inputs: Properties, install: readonly string[], upgrade: readonly string[]][] = [
    [{}, ["--wait"], ["--wait", "--history-max", "0"]],
    [{ skipAwait: true }, [], ["--history-max", "0"]],
    [{ skipAwait: true, atomic: true }, ["--wait"], ["--wait", "--history-max", "0"]],
    [{ timeout: 90 }, ["--wait", "--timeout", "90s"], ["--wait", "--timeout", "90s", "--history-max", "0"]],
    [{ createNamespace: true }, ["--wait", "--create-namespace"], ["--wait", "--history-max", "0"]],
    [
      { cleanupOnFail: true, maxHistory: 5, disableWebhooks: true },
      ["--wait", "--no-hooks"],
      ["--wait", "--no-hooks", "--cleanup-on-fail", "--history-max", "5"],
    ],
    [
      { skipCrds: true, takeOwnership: true, waitForJobs: true },
      ["--wait", "--wait-for-jobs", "--skip-crds", "--take-ownership"],
      ["--wait", "--wait-for-jobs", "--skip-crds", "--take-ownership", "--history-max", "0"],
    ],
  ];
  for (const [inputs, install, upgrade] of cases) {
    it(`${JSON.stringify(inputs)} become arguments of helm`, () => {
      assert.deepEqual(installationArguments(inputs, "install"), install);
      assert.deepEqual(installationArguments(inputs, "upgrade"), upgrade);
    });
  }

  it("never put values on a command line", () => {
    const args = installationArguments({ values: { password: "hidden" } }, "install");
    assert.equal(args.join(" ").includes("hidden"), false);
  });

  it("choose the chart", () => {
    const inputs = {
      chart: "vault",
      version: "0.32.0",
      repositoryOpts: { repo: "https://charts.example.com", caFile: "ca.pem" },
    };
    assert.deepEqual(chartArguments(inputs), [
      "vault",
      "--version",
      "0.32.0",
      "--repo",
      "https://charts.example.com",
      "--ca-file",
      "ca.pem",
    ]);
    assert.equal(describeChart(inputs), 'chart "vault" 0.32.0 of https://charts.example.com');
    assert.equal(describeChart({ chart: "./vault" }), 'chart "./vault"');
  });

  it("merge maps member by member, and lists as a whole", () => {
    assert.deepEqual(mergeValues({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, e: 2 }), {
      a: { b: 1, c: [3] },
      d: 1,
      e: 2,
    });
  });
});

describe("a release", () => {
  it("is read from what helm answers, with the chart in it or apart", () => {
    const info = { status: "deployed", description: "Install complete" };
    const answer = {
      name: "a",
      namespace: "b",
      version: 3,
      info,
      config: { x: 1 },
      manifest: "m",
      hooks: [{ manifest: "h" }],
    };
    const expected = {
      name: "a",
      namespace: "b",
      revision: 3,
      status: "deployed",
      description: "Install complete",
      chart: { name: "c", version: "1.0.0", appVersion: "2" },
      config: { x: 1 },
      manifest: "m",
      hooks: ["h"],
    };
    const metadata = { name: "c", version: "1.0.0", appVersion: "2" };
    assert.deepEqual(parseRelease(JSON.stringify({ ...answer, chart: { metadata } })), expected);
    const apart = JSON.stringify({ name: "a", chart: "c", version: "1.0.0", appVersion: "2" });
    assert.deepEqual(parseRelease(JSON.stringify(answer), apart), expected);
  });

  it("has objects in its manifest, but none where a document is empty", async () => {
    const manifest = "---\n# Source: a\nkind: A\nmetadata: { name: a }\n---\n# nothing\n---\nkind: B\n";
    assert.deepEqual(await parseManifest(manifest), [{ kind: "A", metadata: { name: "a" } }, { kind: "B" }]);
  });
});

describe("a refusal", () => {
  it("never quotes a Secret's data", () => {
    const secret = {
      kind: "Secret",
      metadata: { name: "a", namespace: "b" },
      stringData: { p: "hidden" },
      data: { q: "aGlkZGVu" },
    };
    const refusal = new ApiError(422, { message: 'invalid value "hidden" and "aGlkZGVu".' }, "POST /");
    assert.equal(
      explainRefusal(refusal, secret, "created").message,
      'Secret b/a can\'t be created: invalid value "[secret]" and "[secret]"',
    );
  });
});
