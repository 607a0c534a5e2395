import assert from "node:assert/strict";
import { before, describe, test } from "node:test";

import { ConfigurationError } from "../../../../config/problem.ts";
import { catalogue } from "../../../../components/federation/secret-catalogue.ts";
import { unknown, type Recording, type Registration } from "../../../support/record.ts";
import {
  generatedPassword as password,
  peerOutputs,
  recordRegion,
  stackName,
} from "../../../support/regions.ts";

const own = "shared-secrets";
const secretType = "kubernetes:core/v1:Secret";
const passwordType = "random:index/randomPassword:RandomPassword";
const pushType = "kubernetes:external-secrets.io/v1alpha1:PushSecret";
const registerType = "kubernetes:external-secrets.io/v1:ExternalSecret";
const storeType = "kubernetes:external-secrets.io/v1:ClusterSecretStore";

const secrets = {
  "app/database": {
    home: "hub",
    type: "kubernetes.io/basic-auth",
    generated: { length: 40, special: false, version: 3, plain: { username: "app" } },
    backends: ["aws"],
  },
  "web/certificate": { home: "hub", type: "kubernetes.io/tls" },
  "edge/status": { home: "edge" },
  flags: { writers: ["hub", "edge"] },
};
const secretBackends = { aws: { type: "aws", region: "us-east-1" } };

/** The hub with one peer and these secrets. */
function hub(preview: boolean, changes: object = {}): Promise<Recording> {
  const peers = { edge: {} };
  const stacks = { [stackName("edge")]: peerOutputs("hub") };
  return recordRegion("hub", preview, { peers, secrets, secretBackends, ...changes }, stacks);
}

function namesOf({ registrations }: Recording, type: string): string[] {
  return registrations
    .filter(({ type: candidate, name }) => candidate === type && name.startsWith(own))
    .map(({ name }) => name);
}

function within({ registrations }: Recording): readonly Registration[] {
  return registrations.filter(({ name }) => name.startsWith(`${own}-`));
}

for (const preview of [false, true]) {
  describe(`SharedSecrets, ${preview ? "as in a preview" : "as in an update"},`, () => {
    let recording: Recording;

    before(async () => {
      recording = await hub(preview);
    });

    test("makes a protected namespace, as what people enter is nowhere else", () => {
      const namespace = recording.one("kubernetes:core/v1:Namespace", `${own}-namespace`);
      assert.deepEqual(namespace.inputs.metadata, { name: "secret-sources" });
      assert.deepEqual(namespace.options, { protect: true });
    });

    test("writes one push for each secret and store, and a register with its own", () => {
      assert.deepEqual(namesOf(recording, pushType), [
        `${own}-app.database-to-backend-aws`,
        `${own}-app.database-to-vault-local`,
        `${own}-app.database-to-vault-remote`,
        `${own}-flags-result`,
        `${own}-flags-to-vault-local`,
        `${own}-flags-to-vault-remote`,
        `${own}-web.certificate-to-vault-local`,
        `${own}-web.certificate-to-vault-remote`,
      ]);
      assert.deepEqual(namesOf(recording, registerType), [`${own}-flags-register`]);
    });

    test("gives a push what names it, and waits for no push", () => {
      const { inputs, options } = recording.one(pushType, `${own}-flags-to-vault-remote`);
      assert.deepEqual(inputs.metadata, { name: "flags.vault-remote", namespace: "secret-sources" });
      assert.deepEqual((inputs.spec as { data: unknown }).data, [
        { match: { remoteRef: { remoteKey: "shared/flags/hub" } } },
      ]);
      assert.deepEqual(options, {});
    });

    test("draws a value of the length and characters that the settings give, and another when they change", () => {
      assert.deepEqual(recording.one(passwordType, `${own}-app.database-value`).inputs, {
        keepers: { version: "3" },
        length: 40,
        special: false,
      });
      assert.deepEqual(namesOf(recording, passwordType), [`${own}-app.database-value`]);
    });

    test("writes no source but those of generated values, so that it can't overwrite what people entered", () => {
      assert.deepEqual(namesOf(recording, secretType), [`${own}-app.database-source`]);
    });

    test("keeps a generated value secret from its birth, with all that is beside it", () => {
      const { inputs } = recording.one(secretType, `${own}-app.database-source`);
      assert.equal(inputs.type, "kubernetes.io/basic-auth");
      assert.deepEqual(inputs.metadata, {
        name: "app.database",
        namespace: "secret-sources",
        labels: { "vault-federation/name": "app.database" },
      });
      const { data } = inputs as { data: { secret: unknown } };
      assert.deepEqual(
        data.secret,
        preview
          ? unknown
          : {
              password: Buffer.from(password).toString("base64"),
              username: Buffer.from("app").toString("base64"),
            },
      );
    });

    test("has the generated value nowhere but in secrets", () => {
      const others = recording.registrations.filter(({ type }) => !type.startsWith("random:"));
      const text = JSON.stringify([others, recording.outputs], (key, value: unknown) =>
        key === "secret" ? "removed" : value,
      );
      for (const form of [password, Buffer.from(password).toString("base64")]) {
        assert.equal(text.includes(form), false);
      }
    });

    test("leaves a catalogue for the operators' command line, with names and without values", () => {
      const { inputs } = recording.one("kubernetes:core/v1:ConfigMap", `${own}-catalogue`);
      assert.deepEqual(inputs.metadata, { name: "shared-secrets", namespace: "secret-sources" });
      const plan = catalogue.read(inputs.data as Record<string, string>);
      assert.equal(plan?.region, "hub");
      assert.deepEqual(
        plan.secrets.map(({ path, source, register }) => [path, source, register?.target]),
        [
          ["app/database", "app.database", undefined],
          ["edge/status", undefined, undefined],
          ["flags", "flags.part", "flags.result"],
          ["web/certificate", "web.certificate", undefined],
        ],
      );
    });

    test("lets the peer, and the region's own operator, at the paths of its secrets that each of them writes", () => {
      const pathsOf = (policy: string): string[] =>
        [
          ...String(recording.one("vault:index/policy:Policy", policy).inputs.policy).matchAll(
            /"secret\/data\/(.+)"/g,
          ),
        ].map(([, path = ""]) => path);
      assert.deepEqual(pathsOf("federation-edge-grant-policy"), [
        "edge/status",
        "peer-tokens/edge",
        "shared/flags/edge",
      ]);
      assert.deepEqual(pathsOf("vault-access-external-secrets-policy"), [
        "app/database",
        "flags",
        "shared/flags/*",
        "shared/flags/hub",
        "web/certificate",
      ]);
    });

    test("makes a store for each backend", () => {
      assert.deepEqual(namesOf(recording, storeType), [`${own}-backend-aws`]);
      const { inputs } = recording.one(storeType, `${own}-backend-aws`);
      assert.deepEqual(inputs.metadata, { name: "backend-aws" });
    });

    test("puts all of it into its namespace, after Vault and the stores that lead to peers", () => {
      for (const { type, inputs, dependencies } of within(recording)) {
        const { namespace } = (inputs.metadata ?? {}) as { namespace?: string };
        const isNamespaced = ![storeType, passwordType, "kubernetes:core/v1:Namespace"].includes(type);
        assert.equal(namespace, isNamespaced ? "secret-sources" : undefined);
        assert.ok(dependencies.includes("vault-access-secrets"), type);
        assert.ok(dependencies.includes("federation-edge-store-vault-store"), type);
        assert.equal(dependencies.includes(`${own}-namespace`), isNamespaced);
      }
    });
  });
}

describe("A region", () => {
  test("has nothing of all that where it has no shared secrets", async () => {
    const recording = await recordRegion("hub");
    assert.deepEqual(within(recording), []);
  });

  test("lets go of the namespace where protection is off", async () => {
    const { options } = (await hub(false, { protect: false })).one(
      "kubernetes:core/v1:Namespace",
      `${own}-namespace`,
    );
    assert.deepEqual(options, {});
  });

  test("refuses secrets that get in each other's way, before anything is declared, all at once", async () => {
    const wrong = { app: { home: "hub" }, "app/database": { home: "far-away" } };
    await assert.rejects(hub(true, { secrets: wrong }), (error: Error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.equal(
        error.message,
        `the configuration of stack "hub" has 2 problems:

  vault-federation:secrets["app/database"]
    received  app/database
    allowed   a path that is not below that of another secret, such as app
    remedy    edit it in Pulumi.hub.yaml

  vault-federation:secrets["app/database"].home
    received  far-away
    allowed   regions that this one is a peer of, or itself: edge, hub
    remedy    edit it in Pulumi.hub.yaml
`,
      );
      return true;
    });
  });
});

describe("Beside a peer that is not linked yet,", () => {
  let recording: Recording;

  before(async () => {
    const peers = { edge: {}, "edge-b": {} };
    const stacks = { [stackName("edge")]: peerOutputs("hub"), [stackName("edge-b")]: {} };
    const some = {
      ...secrets,
      flags: { writers: ["hub", "edge"], regions: ["edge"] },
    };
    recording = await recordRegion("hub", false, { peers, secrets: some, secretBackends }, stacks);
  });

  test("nothing is pushed to its store, which is not there, and everything to the others", () => {
    const stores = new Set(
      recording.registrations
        .filter(({ type, name }) => type === pushType && name.startsWith(own))
        .flatMap(({ inputs }) => (inputs.spec as { secretStoreRefs: { name: string }[] }).secretStoreRefs)
        .map(({ name }) => name),
    );
    assert.deepEqual([...stores].sort(), ["backend-aws", "vault-local", "vault-remote-edge"]);
  });

  test("the catalogue names it at each secret that it is to get", () => {
    const { inputs } = recording.one("kubernetes:core/v1:ConfigMap", `${own}-catalogue`);
    const plan = catalogue.read(inputs.data as Record<string, string>);
    assert.deepEqual(
      plan?.secrets.map(({ path, awaits }) => [path, awaits]),
      [
        ["app/database", ["edge-b"]],
        ["edge/status", undefined],
        ["flags", undefined],
        ["web/certificate", ["edge-b"]],
      ],
    );
  });
});
