import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { Properties } from "../../plugins/frame/values.ts";
import { Discovery } from "../../plugins/kubernetes/api/discovery.ts";
import { ApiServer } from "./support/api-server.ts";
import { programValues, renderVaultChart } from "./support/vault-chart.ts";
import { metadata, selector, statefulSet, surroundings, vaultContainer } from "./support/vault-objects.ts";

/** What the official chart puts on everything that must change with Vault's configuration. */
function checksumOf(values: Properties): Properties {
  const { config } = (values.server as { ha: { raft: { config: string } } }).ha.raft;
  return { "vault.hashicorp.com/config-checksum": createHash("sha256").update(config).digest("hex") };
}

/** Parts a rendered stateful set from its containers, and from its pods' annotations. */
function takeContainers(rendered: Properties | undefined): {
  rest: unknown;
  containers: Properties[];
  annotations: Properties | undefined;
} {
  const rest = structuredClone(rendered) as {
    spec: { template: { metadata: { annotations?: Properties }; spec: { containers?: Properties[] } } };
  };
  const { metadata: header, spec: pod } = rest.spec.template;
  const { annotations } = header;
  const containers = pod.containers ?? [];
  delete header.annotations;
  delete pod.containers;
  return { rest, containers, annotations };
}

describe("the sandbox's chart of Vault", () => {
  it("makes the official chart's objects around the servers of the program's values", async () => {
    const rendered = await renderVaultChart(await programValues("vault-values.yaml"));
    const { "StatefulSet vault": servers, "ConfigMap vault-config": configuration, ...others } = rendered;
    assert.deepEqual(others, surroundings);
    assert.ok(servers !== undefined && configuration !== undefined);
  });

  it("makes the official chart's stateful set of the program's values", async () => {
    const values = await programValues("vault-values.yaml");
    const rendered = await renderVaultChart(values);
    const { rest, containers, annotations } = takeContainers(rendered["StatefulSet vault"]);
    assert.deepEqual(rest, statefulSet);
    assert.deepEqual(annotations, checksumOf(values));
    const [{ args, ...vault } = {}, ...others] = containers;
    assert.deepEqual(vault, vaultContainer);
    const [script = ""] = args as string[];
    assert.match(script, /docker-entrypoint\.sh vault server -config=\/tmp\/storageconfig\.hcl\n$/);
    const { extraContainers } = values.server as { extraContainers: unknown };
    assert.deepEqual(others, extraContainers);
  });

  it("hands Vault's configuration on as it is", async () => {
    const values = await programValues("vault-values.yaml");
    const rendered = await renderVaultChart(values);
    const { config } = (values.server as { ha: { raft: { config: string } } }).ha.raft;
    assert.deepEqual(rendered["ConfigMap vault-config"], {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { ...metadata("vault-config"), annotations: checksumOf(values) },
      data: { "extraconfig-from-values.hcl": config.trimEnd() },
    });
  });

  it("makes other pods of another configuration, unless that is not asked for", async () => {
    const values = await programValues("vault-values.yaml");
    const withServer = (changes: Properties): Properties => ({
      ...values,
      server: { ...(values.server as Properties), ...changes },
    });
    const { ha } = values.server as { ha: Properties };
    const changed = withServer({ ha: { ...ha, raft: { ...(ha.raft as Properties), config: "ui = true" } } });
    const template = async (given: Properties): Promise<unknown> => {
      const servers = (await renderVaultChart(given))["StatefulSet vault"];
      return (servers?.spec as Properties).template;
    };
    assert.notDeepEqual(await template(changed), await template(values));
    const unmarked = (await template(withServer({ includeConfigAnnotation: false }))) as Properties;
    assert.equal("annotations" in (unmarked.metadata as Properties), false);
  });

  it("gives servers with a key service its credentials, and lets as many be down as a majority can do without", async () => {
    const rendered = await renderVaultChart(await programValues("vault-values-kms.yaml"));
    const servers = rendered["StatefulSet vault"];
    assert.equal((servers?.spec as Properties).replicas, 5);
    const secretKeyRef = (key: string): Properties => ({
      name: key,
      valueFrom: { secretKeyRef: { name: "vault-seal", key } },
    });
    const { env } = takeContainers(servers).containers[0] ?? {};
    assert.deepEqual(env, [
      ...(vaultContainer.env as Properties[]),
      secretKeyRef("AWS_ACCESS_KEY_ID"),
      secretKeyRef("AWS_SECRET_ACCESS_KEY"),
    ]);
    assert.deepEqual(rendered["PodDisruptionBudget vault"]?.spec, {
      maxUnavailable: 2,
      selector: { matchLabels: selector },
    });
  });

  it("names its objects after the release, and puts them into its namespace", async () => {
    const rendered = await renderVaultChart(await programValues("vault-values.yaml"), {
      release: "second",
      namespace: "elsewhere",
    });
    const names = Object.keys(rendered).filter((key) => key.startsWith("Service "));
    assert.deepEqual(names.sort(), [
      "Service second-vault",
      "Service second-vault-active",
      "Service second-vault-internal",
      "Service second-vault-standby",
    ]);
    const namespaces = Object.values(rendered).map((object) => object.metadata.namespace);
    assert.deepEqual([...new Set(namespaces)].sort(), ["elsewhere", undefined]);
  });

  it("refuses a value that it does not know, and says where it is", async () => {
    const values = await programValues("vault-values.yaml");
    const misspelt = { ...values, server: { ...(values.server as Properties), replica: 3 } };
    await assert.rejects(
      renderVaultChart(misspelt),
      /at '\/server': additional properties 'replica' not allowed/,
    );
  });

  it("refuses the official chart's defaults where they ask for what it does not make", async () => {
    await assert.rejects(renderVaultChart({}), (error: Error) => {
      const places = [...error.message.matchAll(/at '([^']+)': (?:value must be|minLength)/g)].map(
        ([, place]) => place,
      );
      assert.deepEqual(places.sort(), [
        "/global/tlsDisable",
        "/injector/enabled",
        "/server/auditStorage/enabled",
        "/server/ha/enabled",
        "/server/ha/raft/config",
        "/server/ha/raft/enabled",
        "/server/ha/raft/setNodeId",
        "/server/standalone/enabled",
      ]);
      return true;
    });
  });
});

describe("the API server", () => {
  let server: ApiServer;

  before(async () => {
    server = await ApiServer.start();
    await server.client.send({
      method: "POST",
      path: "/api/v1/namespaces",
      body: { metadata: { name: "vault" } },
    });
  });
  after(() => server.stop());

  for (const file of ["vault-values.yaml", "vault-values-kms.yaml"] as const) {
    it(`accepts every object that the sandbox's chart makes of ${file}, and knows every field`, async () => {
      const discovery = new Discovery(server.client);
      const objects = Object.values(await renderVaultChart(await programValues(file)));
      assert.equal(objects.length, 11);
      for (const object of objects) {
        const { apiVersion, kind } = object;
        const served = await discovery.find(apiVersion, kind);
        assert.ok(served, kind);
        const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
        await server.client.send({
          method: "POST",
          path: `${root}${served.namespaced ? "/namespaces/vault" : ""}/${served.plural}`,
          query: { dryRun: "All", fieldValidation: "Strict" },
          body: object,
        });
      }
    });
  }
});
