import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { eventually } from "../support/eventually.ts";
import { assertExit, run, TestSandbox, type Finished } from "../support/sandbox.ts";

const stacks = ["hub", "edge"] as const;
const kubernetesVersion = "1.36";
const mirrorPath = "vault-federation:charts.mirror";

describe("a federation on a sandbox", { timeout: 45 * 60_000 }, () => {
  let sandbox: TestSandbox;

  before(async () => {
    sandbox = await TestSandbox.create();
  });
  after(async () => {
    assertExit(await sandbox.remove());
  });

  const kubectl = (context: string, ...args: string[]): Promise<Finished> =>
    sandbox.run("kubectl", ["--context", context, ...args]);
  const configure = (stack: string, path: string, value: string): Promise<Finished> =>
    sandbox.pulumi(["config", "set", "--stack", stack, "--path", path, value]);
  const outputsOf = async (stack: string): Promise<Record<string, unknown>> => {
    const shown = await sandbox.pulumi(["stack", "output", "--json", "--stack", stack]);
    return JSON.parse(shown.stdout) as Record<string, unknown>;
  };

  it("comes up after its first `up` was killed half-way", async () => {
    const killed = await sandbox.command(["up", "--no-vault"], {
      onStart: (child) => {
        child.stdout?.setEncoding("utf8").on("data", (text: string) => {
          if (text.includes("linode:index:LkeCluster cluster-us-ord creating")) {
            child.kill("SIGKILL");
          }
        });
      },
    });
    assert.equal(killed.exitCode, null, killed.output);

    assertExit(await sandbox.command(["up", "--no-vault"]));
  });

  it("has as many Ready nodes in each region as its pool asks for, each a machine of its own", async () => {
    for (const stack of stacks) {
      const found = await kubectl(stack, "get", "nodes", "--output", "json");
      const { items } = JSON.parse(found.stdout) as {
        items: {
          metadata: { name: string; labels: Record<string, string> };
          status: {
            conditions: { type: string; status: string }[];
            addresses: { type: string; address: string }[];
          };
        }[];
      };
      assert.equal(items.length, 3);
      const ready = items.map(({ status }) => status.conditions.find(({ type }) => type === "Ready")?.status);
      assert.deepEqual(ready, ["True", "True", "True"]);
      const addresses = items.map(
        ({ status }) => status.addresses.find(({ type }) => type === "InternalIP")?.address,
      );
      assert.equal(new Set(addresses).size, 3);
      const regions = items.map(({ metadata }) => metadata.labels["topology.kubernetes.io/region"]);
      assert.equal(new Set(regions).size, 1);
    }
  });

  it("issues certificates that the region's exported CA bundle verifies, and no other region's does", async () => {
    const bundles = await Promise.all(stacks.map(async (stack) => String((await outputsOf(stack)).caBundle)));
    const [hubRoot, edgeRoot] = bundles.map((pem) => new X509Certificate(pem));
    assert.ok(hubRoot !== undefined && edgeRoot !== undefined);
    assert.equal(hubRoot.subject, "CN=vault-federation root");

    const request = {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: "probe", namespace: "default" },
      spec: {
        secretName: "probe",
        dnsNames: ["probe.example.test"],
        issuerRef: { kind: "ClusterIssuer", name: "ca" },
      },
    };
    assertExit(
      await sandbox.run("kubectl", ["--context", "hub", "apply", "--filename", "-"], {
        input: JSON.stringify(request),
      }),
    );
    assertExit(await kubectl("hub", "wait", "certificate/probe", "--for=condition=Ready", "--timeout=60s"));
    const secret = await kubectl("hub", "get", "secret", "probe", "--output", "jsonpath={.data.tls\\.crt}");
    const leaf = new X509Certificate(Buffer.from(secret.stdout, "base64"));
    assert.ok(leaf.verify(hubRoot.publicKey));
    assert.ok(!leaf.verify(edgeRoot.publicKey));
  });

  it("exports exactly the contract, with the kubeconfig as its only secret", async () => {
    for (const stack of stacks) {
      const outputs = await outputsOf(stack);
      assert.deepEqual(Object.keys(outputs).sort(), [
        "caBundle",
        "kubeconfig",
        "kubernetesClusterId",
        "kubernetesEndpoints",
        "region",
        "role",
      ]);
      const secrets = Object.entries(outputs).filter(([, value]) => value === "[secret]");
      assert.deepEqual(
        secrets.map(([name]) => name),
        ["kubeconfig"],
      );
      assert.equal(outputs.role, stack);
    }
  });

  it("shows no change at a second preview, update and refresh", async () => {
    for (const stack of stacks) {
      assertExit(await sandbox.pulumi(["preview", "--expect-no-changes", "--stack", stack]));
      assertExit(await sandbox.pulumi(["up", "--yes", "--expect-no-changes", "--stack", stack]));
      assertExit(await sandbox.pulumi(["refresh", "--yes", "--expect-no-changes", "--stack", stack]));
    }
  });

  it("comes back with the same clusters after all its processes were killed, as by a reboot", async () => {
    const before = await sandbox.list("/lke/clusters");
    await sandbox.kill();
    assertExit(await sandbox.command(["up", "--no-vault"]));
    assert.deepEqual(await sandbox.list("/lke/clusters"), before);
    for (const stack of stacks) {
      const ready = await kubectl(stack, "wait", "nodes", "--all", "--for=condition=Ready", "--timeout=60s");
      assertExit(ready);
    }
  });

  it("keeps every token and private key out of the state's plain text", async () => {
    for (const stack of stacks) {
      const shown = await sandbox.pulumi([
        "stack",
        "output",
        "kubeconfig",
        "--show-secrets",
        "--stack",
        stack,
      ]);
      const token = /token: (\S+)/.exec(shown.stdout)?.[1];
      assert.ok(token !== undefined && token.length > 100, "the kubeconfig has a token");
      const exported = await sandbox.pulumi(["stack", "export", "--stack", stack]);
      assertExit(exported);
      assert.ok(exported.stdout.includes('"ciphertext"'));
      assert.ok(!exported.stdout.includes(token));
      assert.ok(!exported.stdout.includes(Buffer.from(shown.stdout).toString("base64").slice(40, 200)));
      assert.ok(!exported.stdout.includes("PRIVATE KEY"));
    }
  });

  it("reports all mistakes of a configuration at once, before anything is touched", async () => {
    assertExit(await configure("edge", "vault-federation:cluster.systemPool.count", "0"));
    assertExit(await configure("edge", "vault-federation:cluster.regoin", "fr-par"));
    const refused = await sandbox.pulumi(["preview", "--stack", "edge"]);
    assert.notEqual(refused.exitCode, 0);
    assert.match(refused.output, /the configuration of stack "edge" has 2 problems/);
    assert.match(refused.output, /vault-federation:cluster\.systemPool\.count\n\s+received {2}0\n/);
    assert.match(
      refused.output,
      /vault-federation:cluster\.regoin\n\s+received {2}a property that does not exist/,
    );
    assertExit(await configure("edge", "vault-federation:cluster.systemPool.count", "3"));
    assertExit(
      await sandbox.pulumi(["config", "rm", "--stack", "edge", "--path", "vault-federation:cluster.regoin"]),
    );
  });

  it("refuses a region that Linode does not offer, at preview", async () => {
    assertExit(await configure("edge", "vault-federation:cluster.region", "xx-nowhere"));
    const refused = await sandbox.pulumi(["preview", "--stack", "edge"]);
    assert.notEqual(refused.exitCode, 0);
    assert.match(refused.output, /cluster\.region is "xx-nowhere", but LKE offers only: .*us-ord/);
    assertExit(await configure("edge", "vault-federation:cluster.region", "fr-par"));
  });

  it("refuses at preview to turn off what LKE can't turn off", async () => {
    assertExit(await configure("hub", "vault-federation:cluster.highAvailability", "false"));
    const refused = await sandbox.pulumi(["preview", "--stack", "hub"]);
    assert.notEqual(refused.exitCode, 0);
    assert.match(refused.output, /highAvailability can't be turned off on a cluster that has it/);
    assertExit(await configure("hub", "vault-federation:cluster.highAvailability", "true"));
  });

  it("says what to do about a refused token, at preview", async () => {
    assertExit(await configure("hub", "vault-federation:cluster.region", "nl-ams"));
    const refused = await sandbox.pulumi(["preview", "--stack", "hub"], {
      environment: { LINODE_TOKEN: "revoked" },
    });
    assert.notEqual(refused.exitCode, 0);
    assert.match(refused.output, /could not be asked what it offers: .*Invalid Token/s);
    assert.match(refused.output, /pulumi config set --secret linode:token/);
  });

  it("gets past a rate limit and a short outage of the Linode API by itself", async () => {
    await sandbox.linode("POST", "/faults", {
      match: { method: "GET", path: "/regions" },
      times: 1,
      answer: {
        status: 429,
        headers: { "Retry-After": "1" },
        body: { errors: [{ reason: "Too many requests" }] },
      },
    });
    await sandbox.linode("POST", "/faults", {
      match: { method: "GET", path: "/regions" },
      times: 1,
      answer: { status: 503, headers: { "Retry-After": "1" }, body: { errors: [{ reason: "Unavailable" }] } },
    });
    const planned = await sandbox.pulumi(["preview", "--stack", "hub"]);
    assertExit(planned);
    assert.match(planned.output, /LkeCluster cluster-nl-ams create/);
    assert.deepEqual(await sandbox.linode("GET", "/faults"), { faults: [] });
    assertExit(await configure("hub", "vault-federation:cluster.region", "us-ord"));
  });

  it("reports a label that another cluster has and an API that fails, keeps its state, and recovers", async () => {
    const other = (await sandbox.linode("POST", "/v4/lke/clusters", {
      label: "taken-us-ord",
      region: "us-ord",
      k8s_version: kubernetesVersion,
      node_pools: [{ type: "g6-standard-2", count: 1 }],
    })) as { id: number };
    assertExit(await configure("hub", "vault-federation:cluster.label", "taken"));
    const taken = await sandbox.pulumi(["up", "--yes", "--stack", "hub"]);
    assert.notEqual(taken.exitCode, 0);
    assert.match(taken.output, /\[label\] Label must be unique/);
    assertExit(await configure("hub", "vault-federation:cluster.label", "vault-federation-hub"));
    await sandbox.linode("DELETE", `/v4/lke/clusters/${other.id}`);

    await sandbox.linode("POST", "/faults", {
      match: { method: "PUT", path: "/lke/clusters/" },
      times: 1,
      answer: { status: 500, body: { errors: [{ reason: "Internal error" }] } },
    });
    assertExit(await configure("hub", "vault-federation:cluster.tags[2]", "changed"));
    const failed = await sandbox.pulumi(["up", "--yes", "--stack", "hub"]);
    assert.notEqual(failed.exitCode, 0);
    assert.match(failed.output, /500.*Internal error|Internal error.*500/s);

    assertExit(await sandbox.pulumi(["up", "--yes", "--stack", "hub"]));
    assertExit(await sandbox.pulumi(["preview", "--expect-no-changes", "--stack", "hub"]));
    const hub = (await sandbox.list("/lke/clusters")).find(
      ({ label }) => label === "vault-federation-hub-us-ord",
    );
    assert.deepEqual(hub?.tags, ["vault-federation", "hub", "changed"]);
  });

  it("adds and removes a pool of its own name without touching the others", async () => {
    const nodes = async (): Promise<string[]> =>
      (await kubectl("edge", "get", "nodes", "--output", "name")).stdout.trim().split("\n").sort();
    const before = await nodes();

    assertExit(await configure("edge", "vault-federation:cluster.pools.batch.type", "g6-dedicated-2"));
    assertExit(await configure("edge", "vault-federation:cluster.pools.batch.count", "1"));
    assertExit(await configure("edge", "vault-federation:cluster.pools.batch.labels.workload", "batch"));
    assertExit(await sandbox.pulumi(["up", "--yes", "--stack", "edge"]));
    assert.equal((await nodes()).length, 4);
    const labelled = await kubectl(
      "edge",
      "get",
      "nodes",
      "--selector",
      "workload=batch",
      "--output",
      "name",
    );
    assert.equal(labelled.stdout.trim().split("\n").length, 1);
    assertExit(await sandbox.pulumi(["preview", "--expect-no-changes", "--stack", "edge"]));

    assertExit(
      await sandbox.pulumi(["config", "rm", "--stack", "edge", "--path", "vault-federation:cluster.pools"]),
    );
    assertExit(await sandbox.pulumi(["up", "--yes", "--stack", "edge"]));
    // Linode answers before the nodes of a deleted pool are gone.
    await eventually(async () => {
      assert.deepEqual(await nodes(), before);
    });
  });

  it("changes the number of nodes in place", async () => {
    assertExit(await configure("hub", "vault-federation:cluster.systemPool.count", "2"));
    const updated = await sandbox.pulumi(["up", "--yes", "--stack", "hub"]);
    assertExit(updated);
    assert.doesNotMatch(updated.output, /replace/);
    await eventually(async () => {
      const nodes = await kubectl("hub", "get", "nodes", "--output", "name");
      assert.equal(nodes.stdout.trim().split("\n").length, 2);
    });
  });

  it("goes on with new nodes after all of a cluster's nodes were recycled", async () => {
    const nodeNames = async (): Promise<string[]> =>
      (await kubectl("hub", "get", "nodes", "--output", "name")).stdout.trim().split("\n");
    const before = await nodeNames();
    const hub = (await sandbox.list("/lke/clusters")).find(
      ({ label }) => label === "vault-federation-hub-us-ord",
    );
    await sandbox.linode("POST", `/v4/lke/clusters/${String(hub?.id)}/recycle`, {});
    await eventually(async () => {
      const now = await nodeNames();
      assert.equal(now.length, 2);
      assert.ok(now.every((name) => !before.includes(name)));
    });
    assertExit(await kubectl("hub", "wait", "nodes", "--all", "--for=condition=Ready", "--timeout=60s"));
    const rolledOut = ["--namespace", "cert-manager", "rollout", "status", "deployment", "--timeout=120s"];
    assertExit(await kubectl("hub", ...rolledOut));
    assertExit(await sandbox.pulumi(["preview", "--expect-no-changes", "--stack", "hub"]));
  });

  it("follows a change of the root certificate's life, with the same key", async () => {
    const before = new X509Certificate(String((await outputsOf("edge")).caBundle));
    assertExit(await configure("edge", "vault-federation:certManager.rootLifetime", "43800h"));
    assertExit(await sandbox.pulumi(["up", "--yes", "--stack", "edge"]));
    const after = new X509Certificate(String((await outputsOf("edge")).caBundle));
    assert.equal(after.validToDate.getTime() - after.validFromDate.getTime(), 43_800 * 3_600_000);
    assert.deepEqual(
      after.publicKey.export({ type: "spki", format: "pem" }),
      before.publicKey.export({ type: "spki", format: "pem" }),
    );
  });

  it("says why a chart failed, and goes on with a region's move that it interrupted", async () => {
    const charts = "vault-federation:charts.certManager.values";
    const [before] = (await sandbox.list("/lke/clusters")).filter(({ region }) => region === "fr-par");
    const hub = (await sandbox.list("/lke/clusters")).filter(({ region }) => region === "us-ord");
    assertExit(await configure("edge", `${charts}.startupapicheck.backoffLimit`, "0"));
    assertExit(await configure("edge", `${charts}.startupapicheck.timeout`, "not-a-duration"));
    assertExit(await configure("edge", "vault-federation:cluster.region", "nl-ams"));
    const failed = await sandbox.pulumi(["up", "--yes", "--stack", "edge"]);
    assert.notEqual(failed.exitCode, 0);
    assert.match(failed.output, /job cert-manager-startupapicheck failed: BackoffLimitExceeded/);
    const during = await sandbox.list("/lke/clusters");
    const successor = during.find(({ label }) => label === "vault-federation-edge-nl-ams");
    assert.ok(successor !== undefined, failed.output);
    assert.deepEqual(during, [...hub, before, successor]);

    assertExit(await sandbox.pulumi(["config", "rm", "--stack", "edge", "--path", charts]));
    assertExit(await sandbox.pulumi(["up", "--yes", "--stack", "edge"]));
    assert.deepEqual(await sandbox.list("/lke/clusters"), [...hub, successor]);
    assertExit(await sandbox.pulumi(["preview", "--expect-no-changes", "--stack", "edge"]));
    assertExit(await sandbox.pulumi(["refresh", "--yes", "--expect-no-changes", "--stack", "edge"]));
  });

  it("says which repository can't be reached, changes nothing, and recovers", async () => {
    const mirror = (
      await sandbox.pulumi(["config", "get", "--stack", "hub", "--path", mirrorPath])
    ).stdout.trim();
    assertExit(await configure("hub", mirrorPath, "http://127.0.0.1:9"));
    const failed = await sandbox.pulumi(["up", "--yes", "--stack", "hub"]);
    assert.notEqual(failed.exitCode, 0);
    assert.match(failed.output, /http:\/\/127\.0\.0\.1:9/);
    assertExit(await configure("hub", mirrorPath, mirror));
    assertExit(await sandbox.pulumi(["preview", "--expect-no-changes", "--stack", "hub"]));
  });

  it("leaves nothing in the account after `pulumi destroy`", async () => {
    for (const stack of stacks) {
      assertExit(await sandbox.pulumi(["destroy", "--yes", "--stack", stack]));
      const exported = await sandbox.pulumi(["stack", "export", "--stack", stack]);
      const { deployment } = JSON.parse(exported.stdout) as { deployment: { resources?: unknown[] } };
      assert.deepEqual(deployment.resources ?? [], []);
    }
    for (const kind of ["/lke/clusters", "/nodebalancers", "/volumes"]) {
      assert.deepEqual(await sandbox.list(kind), []);
    }
  });

  it("is gone without a trace after `sandbox down`", async () => {
    const { id } = JSON.parse(await readFile(join(sandbox.folder, "identity.json"), "utf8")) as {
      id: string;
    };
    assert.match(await traces(id, sandbox), new RegExp(id));
    assertExit(await sandbox.command(["down"]));
    assert.equal(await traces(id, sandbox), "");
    await assert.rejects(stat(sandbox.folder), { code: "ENOENT" });
  });
});

/** Processes, namespaces, interfaces, routes, mounts and control groups that belong to a sandbox. */
async function traces(id: string, sandbox: TestSandbox): Promise<string> {
  const commands = [
    ["ip", "netns", "list"],
    ["ip", "-oneline", "link"],
    ["ip", "route", "show", "table", "all"],
    ["find", "/sys/fs/cgroup", "-type", "d", "-name", `*${id}*`],
    ["cat", "/proc/self/mountinfo"],
  ];
  const outputs = await Promise.all(commands.map(([program = "", ...args]) => run(program, args)));
  const lines = outputs.flatMap(({ stdout }) => stdout.split("\n"));
  const left = lines.filter((line) => line.includes(id) || line.includes(sandbox.folder));
  const processes = (await sandbox.processes()).map(({ command }) => command.join(" "));
  return [...left, ...processes].join("\n");
}
