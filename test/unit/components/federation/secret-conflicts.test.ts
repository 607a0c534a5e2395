import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { conflictsOf, type Conflict } from "../../../../components/federation/secret-conflicts.ts";
import { planSecrets, type PlannedSecret, type Push } from "../../../../components/federation/secret-plan.ts";
import { planArgs, type PlanInput } from "../../../support/secret-plan.ts";

/** What is wrong with configuration, or with a plan that something was added to. */
async function conflicts(input: PlanInput, added: readonly PlannedSecret[] = []): Promise<Conflict[]> {
  const args = await planArgs(input);
  const plan = planSecrets(args);
  return conflictsOf({ ...plan, secrets: [...plan.secrets, ...added] }, args);
}

/** A secret that has nothing but one push. */
function pushing(push: Partial<Push>): PlannedSecret {
  const whole: Push = {
    name: "own",
    source: "own",
    store: "vault-local",
    path: "app/database",
    overwrite: true,
    refreshInterval: "1m",
    ...push,
  };
  return { path: "own/secret", type: "Opaque", writers: ["hub"], pushes: [whole] };
}

const home = { home: "hub" };
const flags = { writers: ["hub", "edge"] };

describe("The check of a region's secrets", () => {
  test("finds nothing in secrets of all kinds that get along", async () => {
    const secrets = {
      "app/database": { ...home, backends: ["azure"] },
      "app/database-b": home,
      "app/flags": flags,
      "edge/status": { home: "edge", regions: ["hub"] },
    };
    const azure = {
      type: "azure",
      vaultUrl: "https://example.vault.azure.net",
      tenantId: "00000000-0000-0000-0000-000000000000",
      credentials: "azure",
    };
    assert.deepEqual(await conflicts({ secrets, backends: { azure } }), []);
  });

  for (const [path, reason] of [
    ["shared/app", "shared: the parts of secrets with several writers are there"],
    ["shared", "shared: the parts of secrets with several writers are there"],
    ["peer-tokens/hub", "peer-tokens: the tokens of peers are there"],
    ["secret/app", "secret: it is the name of the mount"],
  ] as const) {
    test(`refuses the path ${path}, which has a meaning of its own`, async () => {
      assert.deepEqual(await conflicts({ secrets: { [path]: home } }), [
        { path, received: path, allowed: `a path that does not begin with ${reason}` },
      ]);
    });
  }

  test("refuses a path below that of another secret", async () => {
    assert.deepEqual(await conflicts({ secrets: { "app/database": home, app: flags, apps: home } }), [
      {
        path: "app/database",
        received: "app/database",
        allowed: "a path that is not below that of another secret, such as app",
      },
    ]);
  });

  for (const [title, secret, property] of [
    ["a home", { home: "edge-b" }, "home"],
    ["a writer", { writers: ["hub", "edge-b"] }, "writers"],
    ["a holder", { home: "hub", regions: ["edge", "edge-b"] }, "regions"],
  ] as const) {
    test(`refuses ${title} that is no peer, as nothing of it would arrive`, async () => {
      assert.deepEqual(await conflicts({ secrets: { "app/database": secret } }), [
        {
          path: "app/database",
          property,
          received: "edge-b",
          allowed: "regions that this one is a peer of, or itself: edge, hub",
        },
      ]);
    });
  }

  test("lets a region that only reads, or holds nothing of it, say of a secret what the others say", async () => {
    const secrets = {
      "app/database": { home: "hub", regions: ["edge", "edge-b"] },
      "app/other": { home: "edge-b", regions: ["hub"] },
    };
    assert.deepEqual(await conflicts({ secrets, region: "edge", peers: ["hub"] }), []);
  });

  test("refuses a backend that there is not, and names those that there are", async () => {
    const secrets = { "app/database": { ...home, backends: ["azure"] } };
    const conflict = { path: "app/database", property: "backends", received: "azure" };
    assert.deepEqual(await conflicts({ secrets }), [
      { ...conflict, allowed: "no backend, as secretBackends has none" },
    ]);
    const aws = { type: "aws", region: "us-east-1" };
    assert.deepEqual(await conflicts({ secrets, backends: { one: aws, two: aws } }), [
      { ...conflict, allowed: "backends that there are: one, two" },
    ]);
  });

  test("refuses a second writer of a path in one store, but not of the same path in another", async () => {
    const secrets = { "app/database": { ...home, regions: [] } };
    assert.deepEqual(await conflicts({ secrets }, [pushing({})]), [
      {
        path: "own/secret",
        received: "app/database in vault-local",
        allowed: "one writer for each path; app/database writes there already",
      },
    ]);
    assert.deepEqual(await conflicts({ secrets }, [pushing({ store: "vault-remote" })]), []);
  });

  test("refuses a source that an ExternalSecret overwrites", async () => {
    const secrets = { "app/database": home, "app/flags": { ...flags, regions: [] } };
    const [conflict, ...others] = await conflicts({ secrets }, [
      pushing({ source: "app.flags.result", store: "backend-aws" }),
    ]);
    assert.deepEqual(others, []);
    assert.deepEqual(conflict, {
      path: "own/secret",
      received: "the source app.flags.result",
      allowed: "a source that people or Pulumi write; the ExternalSecret app.flags overwrites this one",
    });
  });

  test("refuses a register whose result becomes a part of itself", async () => {
    const args = await planArgs({ secrets: { flags } });
    const plan = planSecrets(args);
    const [secret] = plan.secrets;
    assert.ok(secret?.register !== undefined);
    const push = { ...secret.register.push, path: "shared/flags/hub" };
    const circle = { ...secret, pushes: [], register: { ...secret.register, push } };
    assert.deepEqual(conflictsOf({ ...plan, secrets: [circle] }, args), [
      {
        path: "flags",
        received: "the source flags.result",
        allowed: "a source that people or Pulumi write; the ExternalSecret flags overwrites this one",
      },
    ]);
  });

  for (const [title, push, rights] of [
    ["another region's path", { path: "edge/status" }, "app/database, app/flags, shared/app/flags/hub"],
    [
      "another region's part",
      { path: "shared/app/flags/edge" },
      "app/database, app/flags, shared/app/flags/hub",
    ],
    [
      "a result in a peer's Vault",
      { path: "app/flags", store: "vault-remote" },
      "app/database, shared/app/flags/hub",
    ],
  ] as const) {
    test(`refuses ${title}, which the region may not write`, async () => {
      const secrets = { "app/database": home, "app/flags": flags, "edge/status": { home: "edge" } };
      assert.deepEqual(await conflicts({ secrets }, [pushing(push)]), [
        {
          path: "own/secret",
          received: `${push.path} in ${"store" in push ? push.store : "vault-local"}`,
          allowed: `paths that hub may write there: ${rights}`,
        },
      ]);
    });
  }

  test("finds everything at once", async () => {
    const secrets = { shared: { home: "nowhere", backends: ["none"] }, "shared/x": home };
    const found = await conflicts({ secrets });
    assert.deepEqual(
      found.map(({ path, property }) => [path, property]),
      [
        ["shared", undefined],
        ["shared/x", undefined],
        ["shared/x", undefined],
        ["shared", "home"],
        ["shared", "backends"],
      ],
    );
  });
});
