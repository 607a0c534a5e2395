import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { notSeen, render } from "../../../../cli/commands/status.ts";
import { actionNeeded } from "../../../../cli/failure.ts";
import { VaultNotOperated } from "../../../../cli/region/pulumi-stack.ts";
import { statusExitCode } from "../../../../cli/status/judge.ts";

describe("A stack that can't be looked at", () => {
  const cases = [
    [
      "is only mentioned where it has no Vault to operate and nobody named it",
      new VaultNotOperated("none"),
      false,
      0,
    ],
    ["needs somebody where it has no Vault to operate and was named", new VaultNotOperated("none"), true, 1],
    ["needs somebody where its Vault is not there yet, named or not", actionNeeded("none"), false, 1],
    ["is unknown where it can't be reached, named or not", new Error("none"), false, 2],
  ] as const;
  for (const [title, error, isAsked, exitCode] of cases) {
    it(title, () => {
      const found = notSeen("edge", error, isAsked);
      assert.equal(statusExitCode([found.judgement]), exitCode);
      assert.equal(render(found), "edge\n  none");
    });
  }
});
