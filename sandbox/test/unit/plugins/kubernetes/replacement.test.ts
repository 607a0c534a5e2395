import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { diffInputs } from "../../../../plugins/frame/diff.ts";
import type { Properties } from "../../../../plugins/frame/values.ts";
import { fieldsThatReplace } from "../../../../plugins/kubernetes/object/replacement.ts";

const FIXED = { enableSecretMutable: false, enableConfigMapMutable: false };
const MUTABLE = { enableSecretMutable: true, enableConfigMapMutable: true };

describe("a change of a field", () => {
  const cases: readonly [
    kind: string,
    before: Properties,
    after: Properties,
    replaces: boolean,
    settings?: object,
  ][] = [
    ["v1 ConfigMap", { metadata: { name: "a" } }, { metadata: { name: "b" } }, true],
    ["v1 ConfigMap", { metadata: { namespace: "a" } }, { metadata: { namespace: "b" } }, true],
    ["v1 ConfigMap", { metadata: { labels: { a: "1" } } }, { metadata: { labels: { a: "2" } } }, false],
    ["v1 ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, true],
    ["v1 ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, false, MUTABLE],
    [
      "v1 ConfigMap",
      { immutable: true, data: { a: "1" } },
      { immutable: true, data: { a: "2" } },
      true,
      MUTABLE,
    ],
    ["v1 Secret", { stringData: { a: "1" } }, { stringData: { a: "2" } }, true],
    ["v1 Secret", { stringData: { a: "1" } }, { stringData: { a: "1", b: "2" } }, false, MUTABLE],
    ["v1 Secret", { type: "Opaque" }, { type: "kubernetes.io/tls" }, true, MUTABLE],
    ["v1 Service", { spec: { clusterIP: "None" } }, { spec: { clusterIP: "10.0.0.1" } }, true],
    ["v1 Service", { spec: { ports: [{ port: 80 }] } }, { spec: { ports: [{ port: 81 }] } }, false],
    ["v1 Pod", { spec: { containers: [{ image: "a" }] } }, { spec: { containers: [{ image: "b" }] } }, true],
    ["v1 Pod", { spec: { activeDeadlineSeconds: 1 } }, { spec: { activeDeadlineSeconds: 2 } }, false],
    ["v1 PersistentVolumeClaim", { spec: { accessModes: ["a"] } }, { spec: { accessModes: ["b"] } }, true],
    [
      "v1 PersistentVolumeClaim",
      { spec: { resources: { requests: { storage: "1Gi" } } } },
      { spec: { resources: { requests: { storage: "2Gi" } } } },
      false,
    ],
    [
      "apps/v1 Deployment",
      { spec: { selector: { matchLabels: { app: "a" } } } },
      { spec: { selector: { matchLabels: { app: "b" } } } },
      true,
    ],
    ["apps/v1 Deployment", { spec: { replicas: 1 } }, { spec: { replicas: 2 } }, false],
    ["apps/v1 StatefulSet", { spec: { serviceName: "a" } }, { spec: { serviceName: "b" } }, true],
    ["apps/v1 StatefulSet", { spec: { template: { a: 1 } } }, { spec: { template: { a: 2 } } }, false],
    ["batch/v1 Job", { spec: { template: { a: 1 } } }, { spec: { template: { a: 2 } } }, true],
    [
      "rbac.authorization.k8s.io/v1 RoleBinding",
      { roleRef: { name: "a" } },
      { roleRef: { name: "b" } },
      true,
    ],
    ["rbac.authorization.k8s.io/v1 RoleBinding", { subjects: [] }, { subjects: [{ name: "a" }] }, false],
    ["storage.k8s.io/v1 StorageClass", { parameters: { a: "1" } }, { parameters: { a: "2" } }, true],
    ["example.com/v1 Secret", { data: { a: "1" } }, { data: { a: "2" } }, false],
  ];
  for (const [described, before, after, replaces, settings = FIXED] of cases) {
    const [apiVersion, kind] = described.split(" ");
    const title = `${described} from ${JSON.stringify(before)} to ${JSON.stringify(after)}`;
    it(`${title} ${replaces ? "needs a new object" : "is made in place"}${settings === MUTABLE ? " where contents are mutable" : ""}`, () => {
      const identified = (fields: Properties) => ({ apiVersion, kind, ...fields });
      const patterns = fieldsThatReplace(identified(after), settings as typeof FIXED);
      const { changes } = diffInputs(identified(before), identified(after), patterns);
      assert.deepEqual(
        [...changes.values()].map((change) => change.replaces),
        [replaces],
      );
    });
  }
});
