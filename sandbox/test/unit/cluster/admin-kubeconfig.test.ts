import assert from "node:assert/strict";
import { it } from "node:test";
import { parse } from "yaml";
import { adminKubeconfig } from "../../../cluster/admin-kubeconfig.ts";

it("has the names and the static token of the kubeconfig that LKE hands out", () => {
  const text = adminKubeconfig({
    clusterId: 1000,
    endpoint: "https://10.64.0.16:6443",
    authority: "-----BEGIN CERTIFICATE-----\n",
    token: "a.b.c",
  });
  assert.deepEqual(parse(text), {
    apiVersion: "v1",
    kind: "Config",
    preferences: {},
    clusters: [
      {
        name: "lke1000",
        cluster: {
          server: "https://10.64.0.16:6443",
          "certificate-authority-data": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==",
        },
      },
    ],
    users: [{ name: "lke1000-admin", user: { "as-user-extra": {}, token: "a.b.c" } }],
    contexts: [
      { name: "lke1000-ctx", context: { cluster: "lke1000", user: "lke1000-admin", namespace: "default" } },
    ],
    "current-context": "lke1000-ctx",
  });
});
