import assert from "node:assert/strict";
import { describe, test } from "node:test";

import {
  ClusterSecretStore,
  ExternalSecret,
} from "@kubernetes-models/external-secrets/external-secrets.io/v1";
import { PushSecret } from "@kubernetes-models/external-secrets/external-secrets.io/v1alpha1";

import { annotationTemplates, resultTemplate } from "../../../../components/federation/register-template.ts";
import { backendStoreSpec } from "../../../../components/federation/secret-backend.ts";
import { pushSpec, registerSpec } from "../../../../components/federation/secret-specs.ts";
import { planArgs, plannedSecret } from "../../../support/secret-plan.ts";

describe("The specification of a push", () => {
  test("takes the whole Secret to one path of one store, and deletes nothing there, ever", async () => {
    const [push] = (await plannedSecret({ home: "hub", refreshInterval: "90s" })).pushes;
    assert.ok(push !== undefined);
    const spec = pushSpec(push);
    assert.deepEqual(spec, {
      refreshInterval: "1m30s",
      updatePolicy: "Replace",
      deletionPolicy: "None",
      secretStoreRefs: [{ name: "vault-local", kind: "ClusterSecretStore" }],
      selector: { secret: { selector: { matchLabels: { "vault-federation/name": "app.database" } } } },
      data: [{ match: { remoteRef: { remoteKey: "app/database" } } }],
    });
    new PushSecret({ metadata: { name: push.name }, spec }).validate();
  });

  test("leaves alone what is there already, where the settings say so", async () => {
    const [push] = (await plannedSecret({ home: "hub", overwrite: false })).pushes;
    assert.ok(push !== undefined);
    assert.equal(pushSpec(push).updatePolicy, "IfNotExists");
  });
});

describe("A push to a backend", () => {
  const backends = {
    aws: { type: "aws", region: "us-east-1" },
    gcp: { type: "gcp", projectId: "example-project" },
    azure: {
      type: "azure",
      vaultUrl: "https://example.vault.azure.net",
      tenantId: "00000000-0000-0000-0000-000000000000",
      credentials: "principal",
    },
    hcp: { type: "hcp-vault", address: "https://example.hashicorp.cloud:8200", credentials: "role" },
  };
  const asString = {
    apiVersion: "kubernetes.external-secrets.io/v1alpha1",
    kind: "PushSecretMetadata",
    spec: { secretPushFormat: "string" },
  };
  for (const [backend, remoteKey, metadata] of [
    ["aws", "app/database", asString],
    ["gcp", "app--database", undefined],
    ["azure", "app--database", undefined],
    ["hcp", "app/database", undefined],
  ] as const) {
    test(`of ${backend} ${metadata === undefined ? "is told nothing beside the value" : "is told that the value is a string, which is what people read there"}`, async () => {
      const { pushes } = await plannedSecret({ home: "hub", regions: [], backends: [backend] }, { backends });
      const push = pushes.find(({ store }) => store === `backend-${backend}`);
      assert.ok(push !== undefined);
      const spec = pushSpec(push);
      assert.deepEqual(spec.data, [
        { match: { remoteRef: { remoteKey } }, ...(metadata === undefined ? {} : { metadata }) },
      ]);
      new PushSecret({ metadata: { name: push.name }, spec }).validate();
    });
  }
});

describe("The specification of a register", () => {
  test("makes one Secret of all parts by their regions, and has none without any part", async () => {
    const { register } = await plannedSecret({ writers: ["hub", "edge"], refreshInterval: "5s" });
    assert.ok(register !== undefined);
    const spec = registerSpec(register);
    const part = "^shared/app/database/([a-z0-9-]+)$";
    assert.deepEqual(spec, {
      refreshInterval: "5s",
      secretStoreRef: { name: "vault-local", kind: "ClusterSecretStore" },
      target: {
        name: "app.database.result",
        creationPolicy: "Owner",
        deletionPolicy: "Delete",
        template: {
          engineVersion: "v2",
          mergePolicy: "Replace",
          metadata: {
            labels: { "vault-federation/name": "app.database.result" },
            annotations: annotationTemplates,
          },
          templateFrom: [{ literal: resultTemplate, target: "Data" }],
        },
      },
      dataFrom: [
        {
          find: { path: "shared/app/database", name: { regexp: part } },
          rewrite: [{ regexp: { source: part, target: "$1" } }],
        },
      ],
    });
    new ExternalSecret({ metadata: { name: register.name }, spec }).validate();
  });

  test("takes a part of the secret's own for one, and no other path", async () => {
    const { register } = await plannedSecret({ writers: ["hub", "edge"] });
    assert.ok(register !== undefined);
    const pattern = new RegExp(registerSpec(register).dataFrom?.[0]?.find?.name?.regexp ?? "");
    assert.equal("shared/app/database/edge-b".replace(pattern, "$1"), "edge-b");
    for (const path of [
      "shared/app/database/edge/x",
      "x/shared/app/database/edge",
      "shared/app/database-b/edge",
    ]) {
      assert.doesNotMatch(path, pattern);
    }
  });
});

describe("The specification of a backend's store", () => {
  const inSources = { conditions: [{ namespaces: ["secret-sources"] }] };
  const reference = (name: string, key: string): object => ({ name, key, namespace: "external-secrets" });
  const table: readonly (readonly [title: string, backend: object, provider: object])[] = [
    [
      "of AWS has the role to assume and the keys of a Secret",
      { type: "aws", region: "us-east-1", role: "arn:aws:iam::1:role/x", credentials: "keys" },
      {
        aws: {
          service: "SecretsManager",
          region: "us-east-1",
          role: "arn:aws:iam::1:role/x",
          auth: {
            secretRef: {
              accessKeyIDSecretRef: reference("keys", "access-key-id"),
              secretAccessKeySecretRef: reference("keys", "secret-access-key"),
            },
          },
        },
      },
    ],
    [
      "of AWS leaves the login to the pod's identity where no Secret is named",
      { type: "aws", region: "us-east-1" },
      { aws: { service: "SecretsManager", region: "us-east-1" } },
    ],
    [
      "of Google has the service account of a Secret, and a location",
      { type: "gcp", projectId: "example-project", location: "europe-west1", credentials: "account" },
      {
        gcpsm: {
          projectID: "example-project",
          location: "europe-west1",
          auth: { secretRef: { secretAccessKeySecretRef: reference("account", "service-account.json") } },
        },
      },
    ],
    [
      "of Google leaves the login to the pod's identity where no Secret is named",
      { type: "gcp", projectId: "example-project" },
      { gcpsm: { projectID: "example-project" } },
    ],
    [
      "of Azure logs in as a service principal",
      {
        type: "azure",
        vaultUrl: "https://example.vault.azure.net",
        tenantId: "00000000-0000-0000-0000-000000000000",
        credentials: "principal",
      },
      {
        azurekv: {
          authType: "ServicePrincipal",
          vaultUrl: "https://example.vault.azure.net",
          tenantId: "00000000-0000-0000-0000-000000000000",
          authSecretRef: {
            clientId: reference("principal", "client-id"),
            clientSecret: reference("principal", "client-secret"),
          },
        },
      },
    ],
    [
      "of HCP Vault logs in by an AppRole in a namespace",
      { type: "hcp-vault", address: "https://example.hashicorp.cloud:8200", credentials: "role" },
      {
        vault: {
          server: "https://example.hashicorp.cloud:8200",
          namespace: "admin",
          path: "secret",
          version: "v2",
          auth: {
            appRole: {
              path: "approle",
              roleRef: reference("role", "role-id"),
              secretRef: reference("role", "secret-id"),
            },
          },
        },
      },
    ],
  ];
  for (const [title, input, provider] of table) {
    test(title, async () => {
      const { place } = (await planArgs({ secrets: {}, backends: { place: input } })).backends;
      assert.ok(place !== undefined);
      const spec = backendStoreSpec(place);
      assert.deepEqual(spec, { ...inSources, provider });
      new ClusterSecretStore({ metadata: { name: "backend-place" }, spec }).validate();
    });
  }

  test("is checked against the kind's schema", () => {
    const store = new ClusterSecretStore({
      metadata: { name: "x" },
      spec: { provider: { aws: {} } },
    } as never);
    assert.throws(() => {
      store.validate();
    }, /region|service/);
  });
});
