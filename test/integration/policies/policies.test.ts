import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { VaultError, type VaultClient } from "../../../components/vault/api/vault-client.ts";
import { operators } from "../../support/operators.ts";
import { configure, createToken, podToken, policiesOf } from "../../support/program-vault.ts";
import { recordRegion, stackName } from "../../support/regions.ts";
import { VaultServers } from "../../support/vault-servers.ts";
import { fruitless, rows, secretPaths, sharedSecrets, type Identity, type Row } from "./table.ts";

const recording = await recordRegion(
  "hub",
  false,
  {
    vault: {
      operators,
      threshold: 2,
      consumers: { otel: ["otel/client", "otel/tls/*"], shop: ["shop/database"] },
    },
    peers: { "edge-a": {}, "edge-b": {} },
    secrets: sharedSecrets,
  },
  { [stackName("edge-a")]: {}, [stackName("edge-b")]: {} },
);
const policies = policiesOf(recording);

/** A rule of a policy, read back from the text that Vault gets. */
interface Rule {
  readonly path: string;
  readonly capabilities: readonly string[];
}

function rulesOf(text: string): Rule[] {
  return [...text.matchAll(/^path "([^"]+)" \{\n {2}capabilities = \[([^\]]*)\]/gm)].map(
    ([, path = "", capabilities = ""]) => ({
      path,
      capabilities: JSON.parse(`[${capabilities}]`) as string[],
    }),
  );
}

/** The rule that decides about a path: the one that is equal, or the longest that it begins with. */
function decidingRule(rules: readonly Rule[], path: string): Rule | undefined {
  const folder = path.replace(/\/$/, "");
  return (
    rules.find((rule) => rule.path === folder || rule.path === path) ??
    rules
      .filter((rule) => rule.path.endsWith("*") && path.startsWith(rule.path.slice(0, -1)))
      .sort((one, other) => other.path.length - one.path.length)[0]
  );
}

const methodsOf: Readonly<Record<string, Row["method"]>> = {
  create: "PUT",
  read: "GET",
  update: "PUT",
  delete: "DELETE",
  list: "LIST",
};

describe("the table of requests", () => {
  for (const { name, text } of policies) {
    it(`tries every rule of the policy ${name}, with each method that the rule is for`, () => {
      const rules = rulesOf(text);
      assert.ok(rules.length > 0);
      const tried = rows
        .filter((row) => row.who === name && (row.status === 200 || fruitless.includes(row)))
        .map(({ method, path }) => `${method} ${decidingRule(rules, path)?.path ?? ""}`);
      const wanted = rules.flatMap(({ path, capabilities }) =>
        capabilities.filter((one) => one in methodsOf).map((one) => `${methodsOf[one] ?? ""} ${path}`),
      );
      assert.deepEqual(
        [...new Set(wanted)].filter((rule) => !tried.includes(rule)),
        [],
      );
    });
  }

  it("knows everybody who has a policy", () => {
    assert.deepEqual(
      [...new Set(rows.map(({ who }) => who))].sort(),
      policies.map(({ name }) => name).sort(),
    );
  });
});

describe("a real Vault with the program's policies", () => {
  let vault: VaultServers;
  let started = false;
  let root: VaultClient;
  const clients = new Map<Identity, VaultClient>();

  before(async () => {
    vault = await VaultServers.start();
    started = true;
    const { root_token: token } = await vault.initialise(1, 1);
    root = vault.client("vault-0").withToken(token);
    await configure(root, recording);
    for (const path of secretPaths) {
      await root.send("POST", `secret/data/${path}`, { data: { key: "first" } });
    }
    for (const peer of ["edge-a", "edge-b"]) {
      await root.send("POST", `sys/auth/jwt-${peer}`, { type: "jwt" });
    }
    await root.send("POST", "auth/token/roles/other", { allowed_policies: "peer-edge-a" });
    for (const who of new Set(rows.map((row) => row.who))) {
      clients.set(who, vault.client("vault-0").withToken(await tokenOf(who)));
    }
  });
  after(async () => {
    if (started) {
      await vault.close();
    }
  });

  function tokenOf(who: Identity): Promise<string> {
    if (who === "pulumi") {
      return createToken(root, "auth/token/create-orphan", { policies: ["pulumi"], ttl: "1h" });
    }
    return who.startsWith("peer-")
      ? createToken(root, `auth/token/create/${who}`)
      : podToken(root, recording, who);
  }

  async function statusOf({ who, method, path, body }: Row): Promise<number> {
    const text = JSON.stringify(body ?? {});
    const accessor = text.includes("<accessor>") ? await accessorOfAnybody() : "";
    try {
      const client = clients.get(who);
      // A snapshot is no JSON.
      await (path === "sys/storage/raft/snapshot" && method === "GET"
        ? client?.readText(path)
        : client?.send(
            method,
            path,
            method === "PUT" ? (JSON.parse(text.replace("<accessor>", accessor)) as object) : undefined,
          ));
      return 200;
    } catch (error) {
      assert.ok(error instanceof VaultError, String(error));
      return error.status;
    }
  }

  async function accessorOfAnybody(): Promise<string> {
    const { auth } = await root.send<{ auth: { accessor: string } }>("POST", "auth/token/create", {
      policies: ["peer-edge-a"],
    });
    return auth.accessor;
  }

  const identities = [...new Set(rows.map(({ who }) => who))];
  for (const [verb, isMeant] of [
    ["refuses", ({ status }: Row) => status !== 200],
    ["permits", ({ status }: Row) => status === 200],
  ] as const) {
    for (const who of identities) {
      const own = rows.filter((row) => row.who === who && isMeant(row));
      it(`${verb} ${who} each of ${String(own.length)} requests`, async () => {
        const found: string[] = [];
        for (const row of own) {
          const status = await statusOf(row);
          if (status !== row.status) {
            found.push(`${row.method} ${row.path}: ${String(status)} in place of ${String(row.status)}`);
          }
        }
        assert.deepEqual(found, []);
      });
    }
  }
});
