import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { seconds } from "../../../config/rules.ts";
import { settingsSchema } from "../../../config/settings.ts";
import { binaryForm, operators } from "../../support/operators.ts";
import { propertiesOf } from "../../support/schema.ts";
import { findings, inputWith, minimalInput, settingsOf, wordsOfTheLibrary } from "../../support/settings.ts";

/** What a table expects of a value that the schema refuses: property, value, what is allowed. */
type Refusal = readonly [property: string, value: unknown, allowed: string];

const duration = "a whole number with a unit, such as 90s, 20m or 24h";
const label = "1 to 32 letters, digits, hyphens and underscores, such as vault-federation-hub";
const region = "a Linode region, such as us-ord";
const version = 'a minor version of Kubernetes in quotes, such as "1.35"';
const nodes = "a whole number from 1 to 100";
const plan = "a Linode plan, such as g6-standard-4";
const pool = "a pool: { type, count | autoscaler, labels, taints }";
const word =
  "1 to 63 letters, digits, hyphens, dots and underscores that begin and end with a letter or digit";
const labelValue = `a label's value: ${word}; numbers and booleans in quotes`;
const taintValue = `a taint's value: ${word}; numbers and booleans in quotes`;
const taintKey = `a taint's key: ${word}, such as workload; with a domain before, such as example.com/workload, up to 253 characters`;
const address = "an https://, http:// or oci:// address";
const chartVersion = "an exact version, such as v1.21.2";
const replicas = "a whole number from 1 to 5";

/** Everything that a pool refuses, wherever the pool stands. */
function poolRefusals(name: string): readonly Refusal[] {
  return [
    [name, undefined, pool],
    [name, 3, pool],
    [`${name}.type`, undefined, plan],
    [`${name}.type`, 4, plan],
    [`${name}.type`, "standard", plan],
    [`${name}.count`, 0, nodes],
    [`${name}.count`, 101, nodes],
    [`${name}.count`, 1.5, nodes],
    [`${name}.count`, "3", nodes],
    [`${name}.autoscaler`, 5, "{ min, max }"],
    [`${name}.autoscaler.min`, 0, nodes],
    [`${name}.autoscaler.max`, 101, nodes],
    [`${name}.labels`, ["a"], "labels by name"],
    [`${name}.labels.key`, 5, labelValue],
    [`${name}.labels.key`, "", labelValue],
    [`${name}.labels.key`, "two words", labelValue],
    [`${name}.labels.key`, "-batch", labelValue],
    [`${name}.labels.key`, "x".repeat(64), labelValue],
    [`${name}.taints`, {}, "a list of { key, value, effect }"],
    [`${name}.taints[0]`, "a=b:NoSchedule", "{ key, value, effect }"],
    [`${name}.taints[0].key`, "", taintKey],
    [`${name}.taints[0].key`, true, taintKey],
    [`${name}.taints[0].key`, "example.com/", taintKey],
    [`${name}.taints[0].key`, "a/b/c", taintKey],
    [`${name}.taints[0].key`, `example.com/${"x".repeat(64)}`, taintKey],
    [`${name}.taints[0].key`, `${"x.".repeat(120)}example/${"x".repeat(20)}`, taintKey],
    [`${name}.taints[0].value`, "", taintValue],
    [`${name}.taints[0].value`, 1, taintValue],
    [`${name}.taints[0].value`, "a=b", taintValue],
    [`${name}.taints[0].value`, "batch.", taintValue],
    [`${name}.taints[0].effect`, "NoEntry", "NoSchedule, PreferNoSchedule or NoExecute"],
  ];
}

/** Everything that a chart refuses, whichever it is. */
function chartRefusals(name: string): readonly Refusal[] {
  return [
    [name, "v1.21.2", "{ repository, version, values }"],
    [`${name}.repository`, "ftp://charts.example.com", address],
    [`${name}.version`, "^1.21.0", chartVersion],
    [`${name}.version`, "1.21", chartVersion],
    [`${name}.version`, 1.21, chartVersion],
    [`${name}.values`, "replicas=2", "Helm values by name"],
  ];
}

const refusals: readonly Refusal[] = [
  ["role", undefined, "hub or edge"],
  ["role", "spoke", "hub or edge"],
  ["role", 5, "hub or edge"],
  ["protect", "yes", "true or false"],
  ["protect", null, "true or false"],

  ["cluster", undefined, "an object with label, region, kubernetesVersion and systemPool"],
  ["cluster", "{label: hub", "an object with label, region, kubernetesVersion and systemPool"],
  ["cluster.label", undefined, label],
  ["cluster.label", "", label],
  ["cluster.label", "-hub", label],
  ["cluster.label", "hub.one", label],
  ["cluster.label", "x".repeat(33), label],
  ["cluster.label", 7, label],
  [
    "cluster.label",
    "x".repeat(26),
    "a label that has at most 31 characters together with the region: LKE's label is made of both",
  ],
  ["cluster.region", undefined, region],
  ["cluster.region", "Chicago", region],
  ["cluster.region", 7, region],
  ["cluster.kubernetesVersion", undefined, version],
  ["cluster.kubernetesVersion", 1.35, version],
  ["cluster.kubernetesVersion", "v1.35", version],
  ["cluster.kubernetesVersion", "1.35.2", version],
  ["cluster.highAvailability", "true", "true or false"],
  ["cluster.accessControl", true, "{ ipv4, ipv6 }, each a list; leave accessControl out to let everybody in"],
  ["cluster.accessControl.ipv4", "10.0.0.0/8", "a list of IPv4 addresses and ranges"],
  ["cluster.accessControl.ipv4[0]", "2001:db8::1", "an IPv4 address or range, such as 203.0.113.0/24"],
  ["cluster.accessControl.ipv4[0]", "10.0.0.0/33", "an IPv4 address or range, such as 203.0.113.0/24"],
  ["cluster.accessControl.ipv6", "::1", "a list of IPv6 addresses and ranges"],
  ["cluster.accessControl.ipv6[0]", "10.0.0.1", "an IPv6 address or range, such as 2001:db8::/32"],
  ...poolRefusals("cluster.systemPool"),
  ["cluster.pools", ["batch"], "pools by name"],
  ...poolRefusals("cluster.pools.batch"),
  ["cluster.tags", "hub", "a list of tags of 3 to 50 characters"],
  ["cluster.tags[0]", "ab", "a tag of 3 to 50 characters"],
  ["cluster.tags[0]", "x".repeat(51), "a tag of 3 to 50 characters"],
  ["cluster.tags[0]", 123, "a tag of 3 to 50 characters"],
  ["cluster.readyTimeout", 20, duration],
  ["cluster.readyTimeout", "20", duration],
  ["cluster.readyTimeout", "0m", duration],
  ["cluster.readyTimeout", "-5m", duration],
  ["cluster.readyTimeout", "1.5h", duration],
  ["cluster.readyTimeout", "2d", duration],

  ["certManager", 2, "{ replicas, rootLifetime }"],
  ["certManager.replicas", 0, replicas],
  ["certManager.replicas", 6, replicas],
  ["certManager.replicas", "2", replicas],
  ["certManager.rootLifetime", "10y", duration],
  [
    "certManager.rootLifetime",
    "4319h",
    "at least 4320h, so that each certificate is renewed before the root that came with it ends",
  ],

  [
    "charts",
    "https://charts.example.com",
    "{ mirror, certManager, vault, vaultSecretsOperator, externalSecrets }",
  ],
  ["peers", ["edge"], "peers by name"],
  ["peers.edge", "edge", "{ stack }, or {} for a stack of this organization and project"],
  ["peers.edge.stack", "edge", "a stack's full name: organization/project/stack"],
  ["peers.edge.stack", 5, "a stack's full name: organization/project/stack"],
  [
    "peers.edge.stack",
    "acme/vault-federation/west",
    "a stack that is called edge like the peer; name the peer west where this is the right stack",
  ],

  ["link", "jwt", "{ auth, tokenLifetime, rotationInterval, refreshInterval }"],
  ["link.auth", "approle", "token or jwt"],
  ["link.tokenLifetime", "32d", duration],
  ["link.tokenLifetime", "769h", "at most 768h, beyond which no token of Vault lives"],
  [
    "link.tokenLifetime",
    "47h",
    "at least twice the rotationInterval: a token must outlive a rotation that fails",
  ],
  ["link.rotationInterval", 24, duration],
  ["link.refreshInterval", "often", duration],

  ["charts.mirror", "charts.example.com", address],
  ["charts.mirror", 5, address],
  ...chartRefusals("charts.certManager"),
  ...chartRefusals("charts.vault"),
  ...chartRefusals("charts.vaultSecretsOperator"),
  ...chartRefusals("charts.externalSecrets"),
];

function dotted(property: string): string {
  return property.replaceAll(/\[(\d+)\]/g, ".$1");
}

describe("The schema", () => {
  for (const [property, value, allowed] of refusals) {
    test(`refuses ${property} = ${JSON.stringify(value)}`, async () => {
      const expected = `${dotted(property)}: ${allowed}`;
      assert.ok((await findings(inputWith(property, value))).includes(expected));
    });
  }

  test("refuses a peer with a name that can't be one", async () => {
    const parsed = await settingsSchema.safeParseAsync(inputWith("peers.Edge_1", {}));
    assert.deepEqual(
      parsed.error?.issues.map(({ code, path }) => [code, path.join(".")]),
      [["invalid_key", "peers.Edge_1"]],
    );
  });

  test("takes a peer of another organization and project, by the name of its stack", async () => {
    const { peers } = await settingsOf(inputWith("peers.west", { stack: "acme/federation/west" }));
    assert.deepEqual(peers, { west: { stack: "acme/federation/west" } });
  });

  test("refuses peers where there is no Vault", async () => {
    const input = { ...inputWith("vault", undefined), peers: { edge: {} } };
    assert.deepEqual(await findings(input), [
      "peers: no peers without vault-federation:vault: a region exchanges secrets through a Vault of its own",
    ]);
  });

  test("refuses peers beside a namespace of Vault, and takes either alone", async () => {
    const vault = { mode: "external", address: "https://vault.example.test:8200" };
    const inNamespace = { ...vault, namespace: "admin" };
    const peers = { edge: {} };
    assert.deepEqual(await findings({ ...minimalInput(), vault: inNamespace, peers }), [
      "peers: no peers beside vault.namespace: there are no links of Vaults with a namespace; take either out",
    ]);
    assert.deepEqual(await findings({ ...minimalInput(), vault: inNamespace }), []);
    assert.deepEqual(await findings({ ...minimalInput(), vault, peers }), []);
  });

  const external = { mode: "external", address: "https://vault.example.test:8200" };
  const noPeers =
    "peers: no peers without vault-federation:vault: a region exchanges secrets through a Vault of its own";
  const noNamespace =
    "peers: no peers beside vault.namespace: there are no links of Vaults with a namespace; take either out";
  const noDelivery = "delivery.existingNamespaces.0: a namespace that vault.consumers lets read secrets";
  const shorterLife =
    "vault.certificateLifetime: at most half of certManager.rootLifetime, which is 4320h, " +
    "so that each certificate is renewed before the root that came with it ends";
  for (const [title, input, found] of [
    [
      "peers without a Vault beside a wrong role",
      { ...inputWith("vault", undefined), role: "spoke", peers: { edge: {} } },
      ["role: hub or edge", noPeers],
    ],
    [
      "peers beside a namespace of a Vault that has no address",
      {
        ...minimalInput(),
        vault: { mode: "external", namespace: "a" },
        peers: { edge: {} },
      },
      ["vault.address: an https:// address without a trailing slash", noNamespace],
    ],
    [
      "a namespace that reads nothing beside operators that are missing",
      { ...inputWith("vault.operators", undefined), delivery: { existingNamespaces: ["otel"] } },
      ["vault.operators: a list of { name, publicKey }, one for each key share", noDelivery],
    ],
    [
      "peers without a Vault beside lengths of time that are too short",
      {
        ...inputWith("vault", undefined),
        certManager: { rootLifetime: "1h" },
        link: { tokenLifetime: "1h" },
        peers: { edge: {} },
      },
      [
        "certManager.rootLifetime: at least 4320h, so that each certificate is renewed before the root that came with it ends",
        "link.tokenLifetime: at least twice the rotationInterval: a token must outlive a rotation that fails",
        noPeers,
      ],
    ],
    [
      "a certificate's life beside half a replica and a length of time that is none",
      {
        ...minimalInput(),
        vault: { ...(minimalInput().vault as object), replicas: 4, certificateLifetime: "2161h" },
        certManager: { replicas: 1.5, rootLifetime: "4320h" },
        link: { refreshInterval: "often" },
      },
      [
        "certManager.replicas: a whole number from 1 to 5",
        "link.refreshInterval: a whole number with a unit, such as 90s, 20m or 24h",
        "vault.replicas: 3 or 5: a majority must survive the loss of one",
        shorterLife,
      ],
    ],
  ] as const) {
    test(`finds ${title}, all at once`, async () => {
      assert.deepEqual(await findings(input), found);
    });
  }

  for (const [title, input, found] of [
    [
      "a Vault that is none",
      { ...inputWith("vault", "here"), peers: { edge: {} }, delivery: { existingNamespaces: ["otel"] } },
      ["vault: an object with operators and threshold"],
    ],
    [
      "a Vault of no known mode",
      { ...minimalInput(), vault: { mode: "dev" }, delivery: { existingNamespaces: ["otel"] } },
      ["vault.mode: server or external"],
    ],
    [
      "peers that are none, without a Vault",
      { ...inputWith("vault", undefined), peers: ["edge"] },
      ["peers: peers by name"],
    ],
    [
      "peers that are none, beside a namespace",
      { ...minimalInput(), vault: { ...external, namespace: "a" }, peers: ["edge"] },
      ["peers: peers by name"],
    ],
    [
      "a delivery that is none",
      { ...minimalInput(), delivery: { existingNamespaces: "otel" } },
      ["delivery.existingNamespaces: a list of namespaces"],
    ],
    [
      "consumers that are none",
      { ...inputWith("vault.consumers", "otel"), delivery: { existingNamespaces: ["otel"] } },
      ["vault.consumers: paths by the namespace that reads them"],
    ],
    [
      "a root's life that is none",
      { ...inputWith("vault.certificateLifetime", "2161h"), certManager: { rootLifetime: 5 } },
      ["certManager.rootLifetime: a whole number with a unit, such as 90s, 20m or 24h"],
    ],
  ] as const) {
    test(`compares nothing with ${title}`, async () => {
      assert.deepEqual(await findings(input), found);
    });
  }

  test("takes a life of tokens that is twice the interval of their rotation", async () => {
    const { link } = await settingsOf({ ...minimalInput(), link: { tokenLifetime: "48h" } });
    assert.equal(link.tokenLifetime, "48h");
  });

  test("has a wrong value in the table above for each of its properties", () => {
    const tried = new Set(
      refusals.map(([property]) =>
        property
          .replace("pools.batch", "pools.*")
          .replace("labels.key", "labels.*")
          .replace("peers.edge", "peers.*")
          .replaceAll(/\[\d+\]/g, "[]"),
      ),
    );
    // The properties of Vault, of the delivery and of secrets have tables of their own.
    const properties = propertiesOf(settingsSchema).filter(
      (property) => !/^(vault|delivery|secrets|secretBackends)\b/.test(property),
    );
    assert.ok(properties.includes("cluster.pools.*.autoscaler.min"));
    assert.deepEqual(
      properties.filter((property) => !tried.has(property)),
      [],
    );
  });

  test("says nothing in the words of its own library, whatever stands anywhere", async () => {
    assert.deepEqual(await wordsOfTheLibrary(refusals.map(([property]) => property)), []);
  });

  test("finds nothing wrong with the least that a stack must say", async () => {
    assert.deepEqual(await findings(minimalInput()), []);
  });

  test("fills in exactly these defaults", async () => {
    assert.deepEqual(await settingsOf(), {
      role: "hub",
      cluster: {
        label: "region-a",
        region: "us-ord",
        kubernetesVersion: "1.35",
        highAvailability: true,
        systemPool: { type: "g6-standard-4", count: 3, labels: {}, taints: [] },
        pools: {},
        tags: [],
        readyTimeout: "20m",
      },
      certManager: { replicas: 2, rootLifetime: "87600h" },
      vault: {
        mode: "server",
        operators: operators.map((operator) => ({ name: operator.name, publicKey: binaryForm(operator) })),
        threshold: 2,
        replicas: 3,
        storage: { dataGiB: 10, auditGiB: 10, storageClass: "linode-block-storage-retain" },
        image: { repository: "hashicorp/vault", tag: "1.21.0" },
        seal: { type: "shamir", parameters: {}, acceptDependencyOnPeer: false },
        certificateLifetime: "2160h",
        bootstrapTimeout: "10m",
        consumers: {},
      },
      delivery: { replicas: 2, storeNamespaces: [], existingNamespaces: [], syncedSecrets: {} },
      charts: {
        certManager: { values: {} },
        vault: { values: {} },
        vaultSecretsOperator: { values: {} },
        externalSecrets: { values: {} },
      },
      peers: {},
      link: { auth: "token", tokenLifetime: "768h", rotationInterval: "24h", refreshInterval: "1m" },
      secrets: {},
      secretBackends: {},
      protect: true,
    });
  });

  for (const [property, value] of [
    ["role", "edge"],
    ["cluster.label", "x".repeat(25)],
    ["cluster.region", "jp-tyo-3"],
    ["cluster.highAvailability", false],
    ["cluster.systemPool.type", "g2-gpu-rtx4000a1-s"],
    ["cluster.systemPool.count", 100],
    ["cluster.tags", ["abc", "x".repeat(50)]],
    ["cluster.readyTimeout", "90s"],
    ["certManager.rootLifetime", "4320h"],
    ["charts.mirror", "oci://registry.example.com/charts"],
    ["charts.certManager.version", "1.22.0-alpha.1"],
    ["charts.certManager.values", { webhook: { replicaCount: 1 } }],
    ["protect", false],
  ] as const) {
    test(`takes ${property} = ${JSON.stringify(value)} as it is`, async () => {
      const settings: unknown = property
        .split(".")
        .reduce<unknown>(
          (place, step) => (place as Record<string, unknown>)[step],
          await settingsOf(inputWith(property, value)),
        );
      assert.deepEqual(settings, value);
    });
  }

  test("turns single addresses into the ranges that hold only them, and leaves ranges alone", async () => {
    const { cluster } = await settingsOf(
      inputWith("cluster.accessControl", {
        ipv4: ["203.0.113.7", "198.51.100.0/24"],
        ipv6: ["2001:db8::1", "2001:db8::/32"],
      }),
    );
    assert.deepEqual(cluster.accessControl, {
      ipv4: ["203.0.113.7/32", "198.51.100.0/24"],
      ipv6: ["2001:db8::1/128", "2001:db8::/32"],
    });
  });

  test("takes one kind of address alone, and leaves the other empty", async () => {
    const { cluster } = await settingsOf(inputWith("cluster.accessControl.ipv6", ["::1"]));
    assert.deepEqual(cluster.accessControl, {
      ipv4: [],
      ipv6: ["::1/128"],
    });
  });

  for (const [title, value] of [
    ["no lists", {}],
    ["two empty lists", { ipv4: [], ipv6: [] }],
  ] as const) {
    test(`refuses an access list with ${title}, which would lock everybody out`, async () => {
      assert.deepEqual(await findings(inputWith("cluster.accessControl", value)), [
        "cluster.accessControl: at least one address; leave accessControl out to let everybody in",
      ]);
    });
  }

  for (const [title, shape] of [
    ["both a count and an autoscaler", { count: 1, autoscaler: { min: 1, max: 2 } }],
    ["neither a count nor an autoscaler", {}],
  ] as const) {
    test(`refuses a pool with ${title}`, async () => {
      for (const property of ["cluster.systemPool", "cluster.pools.batch"]) {
        assert.deepEqual(await findings(inputWith(property, { type: "g6-standard-4", ...shape })), [
          `${property}: either count or autoscaler, not both and not neither`,
        ]);
      }
    });
  }

  test("refuses an autoscaler whose min is larger than its max, and takes equal ones", async () => {
    const withBounds = (min: number, max: number): unknown =>
      inputWith("cluster.systemPool", { type: "g6-standard-4", autoscaler: { min, max } });
    assert.deepEqual(await findings(withBounds(3, 2)), [
      "cluster.systemPool.autoscaler: a min that is not larger than max",
    ]);
    assert.deepEqual(await findings(withBounds(2, 2)), []);
  });

  for (const name of ["ab", "Batch", "1batch", "batch_1", "x".repeat(31)]) {
    test(`refuses a pool named ${name}`, async () => {
      const input = inputWith(`cluster.pools.${name}`, { type: "g6-standard-4", count: 1 });
      const parsed = await settingsSchema.safeParseAsync(input);
      assert.deepEqual(
        parsed.error?.issues.map(({ code, path }) => [code, path.join(".")]),
        [["invalid_key", `cluster.pools.${name}`]],
      );
    });
  }

  for (const key of [
    "a b",
    "-batch",
    "batch_",
    "x".repeat(64),
    "/batch",
    "example.com/",
    "Example.com/batch",
    "example..com/batch",
    `example.com/${"x".repeat(63)}`,
    `${"x.".repeat(60)}com/${"x".repeat(10)}`,
  ]) {
    test(`refuses the label ${key}`, async () => {
      const input = inputWith("cluster.systemPool.labels", { [key]: "batch" });
      const parsed = await settingsSchema.safeParseAsync(input);
      assert.deepEqual(
        parsed.error?.issues.map(({ code, path }) => [code, path.join(" ")]),
        [["invalid_key", `cluster systemPool labels ${key}`]],
      );
    });
  }

  test("takes labels and taints with the longest keys and values that LKE takes", async () => {
    const keys = [
      "a",
      "X.y_z-0",
      "x".repeat(63),
      `example.com/${"x".repeat(62)}`,
      `${"x.".repeat(58)}com/tier.one`,
    ];
    const taintKeys = [...keys, `${"x.".repeat(93)}com/${"x".repeat(63)}`];
    const value = "1_a-b.".repeat(10) + "end";
    const withNodes = inputWith(
      "cluster.systemPool.labels",
      Object.fromEntries(keys.map((key) => [key, value])),
    );
    assert.deepEqual(await findings(withNodes), []);
    const taints = taintKeys.map((key) => ({ key, value, effect: "NoSchedule" }));
    assert.deepEqual(await findings(inputWith("cluster.systemPool.taints", taints)), []);
  });

  for (const property of [
    "clutser",
    "cluster.labels",
    "cluster.accessControl.ipv5",
    "cluster.systemPool.size",
    "cluster.pools.batch.size",
    "cluster.systemPool.autoscaler.minimum",
    "cluster.systemPool.taints[0].operator",
    "certManager.replica",
    "charts.consul",
    "charts.certManager.chart",
  ]) {
    test(`refuses ${property}, which does not exist`, async () => {
      const parsed = await settingsSchema.safeParseAsync(inputWith(property, "x"));
      const unknown = (parsed.error?.issues ?? []).flatMap((issue) =>
        issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key].join(".")) : [],
      );
      assert.deepEqual(unknown, [dotted(property)]);
    });
  }
});

describe("A duration in seconds", () => {
  for (const [value, expected] of [
    ["1s", 1],
    ["90s", 90],
    ["20m", 1_200],
    ["87600h", 315_360_000],
  ] as const) {
    test(`is ${expected} for ${value}`, () => {
      assert.equal(seconds(value), expected);
    });
  }
});
