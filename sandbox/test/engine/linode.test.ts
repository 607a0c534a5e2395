import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { LinodeAccount, TOKEN } from "../support/linode/linode-account.ts";
import { outputsOf, resourceOf } from "./support/state.ts";
import { Workspace } from "./support/workspace.ts";

interface Pool {
  readonly id: number;
  readonly count: number;
  readonly type: string;
  readonly nodes: readonly { readonly id: string }[];
}

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly detailedDiff: unknown;
}

describe("a program with Linode resources under the real engine", () => {
  let account: LinodeAccount;
  let workspace: Workspace;

  before(async () => {
    account = await LinodeAccount.create();
    workspace = await Workspace.create("linode", ["@pulumi/linode"]);
    workspace.setVariable("LINODE_URL", account.url);
    await workspace.succeed("stack", "init", "dev");
  });
  after(async () => {
    await workspace.dispose();
    await account.dispose();
  });

  /** Steps of a preview that change something, by the resource's name. */
  async function planned(): Promise<Map<string, Pick<Step, "op" | "detailedDiff">>> {
    const { steps } = JSON.parse(await workspace.succeed("preview", "--json")) as { steps: Step[] };
    return new Map(
      steps
        .filter(({ op }) => op === "update" || op === "replace" || op === "create" || op === "delete")
        .map(({ op, urn, detailedDiff }) => [urn.split("::").at(-1) ?? "", { op, detailedDiff }]),
    );
  }

  async function poolsInState(): Promise<readonly Pool[]> {
    return (await outputsOf(workspace)).pools as readonly Pool[];
  }

  function requests(pattern: RegExp): readonly string[] {
    return account.log.filter((line) => pattern.test(line)).map((line) => line.replace(/ \d+ ms$/, ""));
  }

  it("asks for the token when there is none", async () => {
    workspace.setVariable("LINODE_TOKEN", "");
    const { exitCode, stdout, stderr } = await workspace.pulumi("preview");
    assert.notEqual(exitCode, 0);
    assert.match(`${stdout}${stderr}`, /linode:token.*LINODE_TOKEN/s);
    workspace.setVariable("LINODE_TOKEN", TOKEN);
  });

  it("says that the API refuses the token", async () => {
    workspace.setVariable("LINODE_TOKEN", "wrong");
    const { exitCode, stdout, stderr } = await workspace.pulumi("preview");
    assert.notEqual(exitCode, 0);
    assert.match(
      `${stdout}${stderr}`,
      /\[401\] Invalid Token: the API at http:\S+ refuses the token; check linode:token or LINODE_TOKEN/,
    );
    workspace.setVariable("LINODE_TOKEN", TOKEN);
  });

  it("previews a cluster without making one", async () => {
    const digest = JSON.parse(await workspace.succeed("preview", "--json")) as { changeSummary: unknown };
    assert.deepEqual(digest.changeSummary, { create: 7 });
    assert.deepEqual(requests(/^(POST|PUT|DELETE)/), []);
  });

  it("creates everything, and keeps kubeconfig and token encrypted in the state", async () => {
    await workspace.succeed("up", "--yes", "--skip-preview");
    const outputs = await outputsOf(workspace);
    const id = String(outputs.clusterId);
    const kubeconfig = Buffer.from(String(outputs.kubeconfig), "base64").toString();
    assert.equal(kubeconfig, `kubeconfig of ${id}`);
    assert.match(String(outputs.token), /^[0-9a-f]{64}$/);
    assert.deepEqual(outputs.offered, ["1.36", "1.35"]);
    assert.deepEqual(
      (await poolsInState()).map(({ type, count, nodes }) => [type, count, nodes.length]),
      [
        ["g6-standard-2", 2, 2],
        ["g6-standard-1", 1, 1],
      ],
    );
    const exported = await workspace.succeed("stack", "export");
    assert.equal(exported.includes(String(outputs.kubeconfig)), false);
    assert.equal(exported.includes(String(outputs.token)), false);
    const { outputs: cluster } = await resourceOf(workspace, "hub");
    assert.deepEqual(cluster.controlPlane, {
      highAvailability: true,
      acl: { enabled: true, addresses: [{ ipv4s: ["192.0.2.0/24"], ipv6s: [] }] },
    });
  });

  it("has nothing to change on a second run, nor after a refresh", async () => {
    await workspace.succeed("preview", "--expect-no-changes");
    await workspace.succeed("up", "--yes", "--expect-no-changes");
    await workspace.succeed("refresh", "--yes", "--expect-no-changes");
    await workspace.succeed("preview", "--expect-no-changes");
  });

  it("adds a node to the pool whose count grows, in place", async () => {
    const [before] = await poolsInState();
    await workspace.succeed("config", "set", "count", "3");
    const steps = await planned();
    assert.deepEqual([...steps.keys()], ["hub"]);
    assert.deepEqual(steps.get("hub"), {
      op: "update",
      detailedDiff: { "pools[0].count": { kind: "update", inputDiff: true } },
    });
    await workspace.succeed("up", "--yes", "--skip-preview");
    const [now] = await poolsInState();
    assert.equal(now?.id, before?.id);
    assert.equal(now?.count, 3);
    assert.deepEqual(now.nodes.slice(0, 2), before?.nodes);
    // The new node joins the firewall, whose list is taken from the pool.
    await workspace.succeed("up", "--yes", "--skip-preview");
    await workspace.succeed("preview", "--expect-no-changes");
  });

  it("replaces a pool whose type changes, and leaves the other alone", async () => {
    const before = await poolsInState();
    await workspace.succeed("config", "set", "type", "g6-standard-6");
    await workspace.succeed("up", "--yes", "--skip-preview");
    const now = await poolsInState();
    assert.equal(now[0]?.id, before[0]?.id);
    assert.equal(now[1]?.type, "g6-standard-6");
    assert.notEqual(now[1].id, before[1]?.id);
    await workspace.succeed("preview", "--expect-no-changes");
  });

  it("recycles every node when the version is raised", async () => {
    const nodes = async () => (await poolsInState()).flatMap((pool) => pool.nodes.map(({ id }) => id));
    const before = await nodes();
    await workspace.succeed("config", "set", "version", "1.36");
    await workspace.succeed("up", "--yes", "--skip-preview");
    const now = await nodes();
    assert.equal(now.length, before.length);
    assert.deepEqual(
      now.filter((id) => before.includes(id)),
      [],
    );
  });

  it("finds drift by a refresh, and undoes it", async () => {
    const { clusterId } = await outputsOf(workspace);
    await account.call("PUT", `/v4/lke/clusters/${String(clusterId)}`, { tags: ["stranger"] });
    await workspace.succeed("refresh", "--yes");
    const steps = await planned();
    assert.equal(steps.get("hub")?.op, "update");
    await workspace.succeed("up", "--yes", "--skip-preview");
    const { body } = await account.call("GET", `/v4/lke/clusters/${String(clusterId)}`);
    assert.deepEqual((body as { tags: string[] }).tags, ["federation", "hub"]);
  });

  it("creates again what was deleted behind its back", async () => {
    const { body } = await account.call("GET", "/v4/domains");
    const [domain] = (body as { data: { id: number }[] }).data;
    await account.call("DELETE", `/v4/domains/${String(domain?.id)}`);
    await workspace.succeed("refresh", "--yes");
    const steps = await planned();
    assert.equal(steps.get("zone")?.op, "create");
    await workspace.succeed("up", "--yes", "--skip-preview");
  });

  it("replaces the cluster when the region changes: the old one goes first, as its label is taken", async () => {
    const before = await outputsOf(workspace);
    await workspace.succeed("config", "set", "region", "fr-par");
    const step = (await planned()).get("hub");
    assert.deepEqual(step, {
      op: "replace",
      detailedDiff: { region: { kind: "update-replace", inputDiff: true } },
    });
    await workspace.succeed("up", "--yes", "--skip-preview");
    const now = await outputsOf(workspace);
    assert.notEqual(now.clusterId, before.clusterId);
    assert.deepEqual(account.clusters.removed, [Number(before.clusterId)]);
  });

  it("reports what the API refuses, and keeps the state", async () => {
    const before = await outputsOf(workspace);
    await workspace.succeed("config", "set", "version", "1.35");
    const { exitCode, stdout, stderr } = await workspace.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(exitCode, 0);
    assert.match(
      `${stdout}${stderr}`,
      /updating the LKE cluster \d+: \[400\] \[k8s_version\] Kubernetes can't be downgraded from 1\.36/,
    );
    await workspace.succeed("config", "set", "version", "1.36");
    await workspace.succeed("up", "--yes", "--skip-preview");
    assert.deepEqual(await outputsOf(workspace), before);
  });

  it("leaves nothing behind in the account after a destroy", async () => {
    await workspace.succeed("destroy", "--yes", "--skip-preview");
    for (const path of ["lke/clusters", "domains", "networking/firewalls", "profile/tokens"]) {
      const { body } = await account.call("GET", `/v4/${path}`);
      assert.equal((body as { results: number }).results, 0, path);
    }
  });
});
