import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";

import { KubeConfig } from "@kubernetes/client-node";

import { differences, releaseDrift } from "../../../../cli/region/drift.ts";
import { kubeconfigFor, listen } from "../../../support/kubernetes-api.ts";

describe("the differences of a live object from what the release says", () => {
  const wanted = {
    metadata: { name: "vault", annotations: null, labels: {} },
    spec: {
      hostNetwork: false,
      serviceName: "",
      replicas: 3,
      template: {
        spec: {
          containers: [
            { name: "vault", image: "vault:1", resources: { limits: { memory: "1024Mi", cpu: "1000m" } } },
          ],
        },
      },
    },
  };
  const live = {
    metadata: { name: "vault", uid: "1" },
    spec: {
      replicas: 3,
      revisionHistoryLimit: 10,
      template: {
        spec: {
          containers: [
            {
              name: "vault",
              image: "vault:1",
              resources: { limits: { memory: "1Gi", cpu: "1" } },
              stdin: false,
            },
          ],
        },
      },
    },
  };

  it("are none where the API server has only added and shortened", () => {
    assert.deepEqual(differences(wanted, live), []);
  });

  const cases: [title: string, live: unknown, expected: string[]][] = [
    ["a number", { ...live, spec: { ...live.spec, replicas: 2 } }, ["spec.replicas is 2 instead of 3"]],
    [
      "a list of another length",
      { ...live, spec: { ...live.spec, template: { spec: { containers: [] } } } },
      ["spec.template.spec.containers has 0 entries instead of 1"],
    ],
    [
      "a text in a list",
      {
        ...live,
        spec: {
          ...live.spec,
          template: {
            spec: { containers: [{ ...live.spec.template.spec.containers[0], image: "vault:2" }] },
          },
        },
      },
      ['spec.template.spec.containers[0].image is "vault:2" instead of "vault:1"'],
    ],
    [
      "what is gone",
      { metadata: live.metadata },
      ["spec.replicas is absent instead of 3", "spec.template.spec.containers has 0 entries instead of 1"],
    ],
  ];
  for (const [title, changed, expected] of cases) {
    it(`name ${title}`, () => {
      assert.deepEqual(differences(wanted, changed), expected);
    });
  }

  it("of a long text are named without it", () => {
    assert.deepEqual(
      differences({ data: { config: "a".repeat(80) } }, { data: { config: "b".repeat(80) } }),
      ["data.config is another text instead of another text"],
    );
  });

  it("are named where what should be empty or false is not", () => {
    assert.deepEqual(differences({ hostNetwork: false, name: "" }, { hostNetwork: true, name: "x" }), [
      "hostNetwork is true instead of false",
      'name is "x" instead of ""',
    ]);
  });

  it("of amounts that are not equal are named", () => {
    assert.deepEqual(differences({ memory: "1Gi" }, { memory: "1000Mi" }), [
      'memory is "1000Mi" instead of "1Gi"',
    ]);
  });
});

describe("the drift of a release", () => {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "vault-active", namespace: "vault" },
    spec: { ports: [{ name: "https", port: 8200 }], selector: { "vault-active": "true" } },
  };
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "vault" } };
  const budget = {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name: "vault", namespace: "vault" },
    spec: { maxUnavailable: 1 },
  };
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "vault-server-binding" },
    subjects: [{ kind: "ServiceAccount", name: "vault", namespace: "vault" }],
  };
  /** What the cluster has, by path. */
  const objects = new Map<string, unknown>();
  const kinds = (...resources: readonly [kind: string, name: string, namespaced: boolean][]) => ({
    resources: resources.map(([kind, name, namespaced]) => ({ kind, name, namespaced, verbs: [] })),
  });
  const served: Readonly<Record<string, unknown>> = {
    "/api/v1": kinds(["Service", "services", true], ["ServiceAccount", "serviceaccounts", true]),
    "/apis/policy/v1": kinds(["PodDisruptionBudget", "poddisruptionbudgets", true]),
    "/apis/rbac.authorization.k8s.io/v1": kinds(["ClusterRoleBinding", "clusterrolebindings", false]),
  };
  let failing = false;
  const config = new KubeConfig();
  const server = createServer(({ url = "" }, response) => {
    const body = served[url] ?? objects.get(url);
    const status = failing ? 500 : body === undefined ? 404 : 200;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body ?? {}));
  });
  const paths = {
    service: "/api/v1/namespaces/vault/services/vault-active",
    account: "/api/v1/namespaces/vault/serviceaccounts/vault",
    budget: "/apis/policy/v1/namespaces/vault/poddisruptionbudgets/vault",
    binding: "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/vault-server-binding",
  };

  before(async () => {
    config.loadFromString(kubeconfigFor(await listen(server)));
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const drift = () => releaseDrift(config, "vault", [service, account, budget, binding]);

  it("is none where every object is as the release says, whatever the API server added", async () => {
    objects.set(paths.service, { ...service, spec: { ...service.spec, clusterIP: "10.0.0.1" } });
    objects.set(paths.account, { ...account, automountServiceAccountToken: true });
    objects.set(paths.budget, { ...budget, status: { disruptionsAllowed: 1 } });
    objects.set(paths.binding, binding);
    assert.deepEqual(await drift(), []);
  });

  it("is found in objects of every kind, in namespaces and outside", async () => {
    objects.set(paths.service, { ...service, spec: { ...service.spec, selector: { app: "other" } } });
    objects.set(paths.budget, { ...budget, spec: { maxUnavailable: 3 } });
    objects.set(paths.binding, { ...binding, subjects: [] });
    assert.deepEqual(await drift(), [
      'Service vault-active: spec.selector.vault-active is absent instead of "true"',
      "PodDisruptionBudget vault: spec.maxUnavailable is 3 instead of 1",
      "ClusterRoleBinding vault-server-binding: subjects has 0 entries instead of 1",
    ]);
  });

  it("names what is gone", async () => {
    objects.delete(paths.account);
    assert.equal((await drift()).includes("ServiceAccount vault is gone"), true);
  });

  it("is not known where an object can't be read", async () => {
    failing = true;
    await assert.rejects(drift(), { exitCode: 2, message: /can't be read: HTTP 500/ });
  });
});
