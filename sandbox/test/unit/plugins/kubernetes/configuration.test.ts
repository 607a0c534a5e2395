import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { UNKNOWN } from "../../../../plugins/frame/values.ts";
import type { Properties } from "../../../../plugins/frame/values.ts";
import { diffConfiguration } from "../../../../plugins/kubernetes/provider-difference.ts";
import { findConfigurationFailures, readSettings } from "../../../../plugins/kubernetes/settings.ts";

const kubeconfig = (server: string, token = "a") =>
  JSON.stringify({
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user: { token } }],
  });
const HUB = kubeconfig("https://hub");
const EDGE = kubeconfig("https://edge");

describe("a change of the provider's configuration", () => {
  const cases: readonly [
    title: string,
    before: Properties,
    after: Properties,
    replacedBy: readonly string[],
  ][] = [
    ["nothing", { kubeconfig: HUB }, { kubeconfig: HUB }, []],
    ["another cluster", { kubeconfig: HUB }, { kubeconfig: EDGE }, ["kubeconfig"]],
    ["new credentials", { kubeconfig: HUB }, { kubeconfig: kubeconfig("https://hub", "b") }, []],
    ["an unknown kubeconfig", { kubeconfig: HUB }, { kubeconfig: UNKNOWN }, ["kubeconfig"]],
    ["an unknown context", { kubeconfig: HUB }, { kubeconfig: HUB, context: UNKNOWN }, ["context"]],
    ["an option", { kubeconfig: HUB }, { kubeconfig: HUB, enableSecretMutable: "true" }, []],
    [
      "another cluster with the same identifier",
      { kubeconfig: HUB, clusterIdentifier: "1" },
      { kubeconfig: EDGE, clusterIdentifier: "1" },
      [],
    ],
    [
      "an unknown kubeconfig with the same identifier",
      { kubeconfig: HUB, clusterIdentifier: "1" },
      { kubeconfig: UNKNOWN, clusterIdentifier: "1" },
      [],
    ],
    [
      "another identifier",
      { kubeconfig: HUB, clusterIdentifier: "1" },
      { kubeconfig: HUB, clusterIdentifier: "2" },
      ["clusterIdentifier"],
    ],
    [
      "an unknown identifier",
      { kubeconfig: HUB, clusterIdentifier: "1" },
      { kubeconfig: UNKNOWN, clusterIdentifier: UNKNOWN },
      ["clusterIdentifier"],
    ],
    ["an identifier that was added", { kubeconfig: HUB }, { kubeconfig: HUB, clusterIdentifier: "1" }, []],
    ["an identifier that was removed", { kubeconfig: HUB, clusterIdentifier: "1" }, { kubeconfig: HUB }, []],
    [
      "an identifier that was added together with another cluster",
      { kubeconfig: HUB },
      { kubeconfig: EDGE, clusterIdentifier: "1" },
      ["kubeconfig"],
    ],
  ];
  for (const [title, before, after, replacedBy] of cases) {
    it(`replaces ${replacedBy.length === 0 ? "nothing" : `by ${replacedBy.join(", ")}`} for ${title}`, async () => {
      const { changes } = await diffConfiguration(before, after);
      const replacing = [...changes].filter(([, change]) => change.replaces).map(([path]) => path);
      assert.deepEqual(replacing, replacedBy);
    });
  }
});

describe("the provider's configuration", () => {
  it("has the official defaults", () => {
    assert.deepEqual(readSettings({}, {}), {
      kubeconfig: undefined,
      context: undefined,
      cluster: undefined,
      namespace: undefined,
      enableConfigMapMutable: false,
      enableSecretMutable: false,
      enablePatchForce: false,
      upsertExistingObjects: false,
      deleteUnreachable: false,
      skipUpdateUnreachable: false,
      helm: {
        driver: "secret",
        pluginsPath: undefined,
        registryConfigPath: undefined,
        repositoryConfigPath: undefined,
        repositoryCache: undefined,
      },
    });
  });

  it("takes switches as text and as such, before the environment", () => {
    const environment = {
      PULUMI_K8S_ENABLE_SECRET_MUTABLE: "true",
      PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE: "true",
    };
    const settings = readSettings({ enableSecretMutable: "false", upsertExistingObjects: true }, environment);
    assert.equal(settings.enableSecretMutable, false);
    assert.equal(settings.enableConfigMapMutable, true);
    assert.equal(settings.upsertExistingObjects, true);
  });

  it("takes helm's settings as JSON text", () => {
    const { helm } = readSettings(
      { helmReleaseSettings: '{"driver":"configmap","repositoryCache":"/cache"}' },
      {},
    );
    assert.deepEqual([helm.driver, helm.repositoryCache], ["configmap", "/cache"]);
  });

  it("accepts what the official plugin accepts, unknowns among it", () => {
    const config = { kubeconfig: UNKNOWN, context: "c", clusterIdentifier: "1", enableSecretMutable: "true" };
    assert.deepEqual(
      findConfigurationFailures({ ...config, version: "4.34.2", enableServerSideApply: "true" }),
      [],
    );
  });

  it("refuses by name what is unknown, of the wrong kind, or not implemented", () => {
    const failures = findConfigurationFailures({
      kubeConfig: "x",
      namespace: true,
      enableSecretMutable: "yes",
      enableServerSideApply: "false",
      strictMode: "true",
      helmReleaseSettings: '{"drivers":"x"}',
    });
    assert.deepEqual(
      failures.map(({ property, reason }) => `${property}: ${reason}`),
      [
        'kubeConfig: the kubernetes provider has no configuration "kubeConfig"; remove it',
        "namespace: it must be text",
        'enableSecretMutable: received "yes"; it must be true or false',
        'enableServerSideApply: received false; the sandbox\'s own kubernetes plugin updates by server-side apply only; remove "enableServerSideApply"',
        'strictMode: the sandbox\'s own kubernetes plugin does not implement "strictMode"; leave it out',
        "helmReleaseSettings: it must be an object with text members out of driver, pluginsPath, registryConfigPath, repositoryConfigPath, repositoryCache",
      ],
    );
  });
});
