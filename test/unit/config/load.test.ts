import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";

import { loadSettings } from "../../../config/load.ts";
import type { Settings } from "../../../config/settings.ts";
import { engineConfig, shippedFile, shippedStacks, withOperators } from "../../support/regions.ts";
import { startRuntime } from "../../support/runtime.ts";
import { inputWith, minimalInput, settingsOf } from "../../support/settings.ts";

const controlled = ["HOME", "LINODE_TOKEN", "PULUMI_CONFIG_SECRET_KEYS"] as const;
const environment = controlled.map((name) => [name, process.env[name]] as const);
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "vault-federation-home-"));
  process.env.HOME = home;
  process.env.LINODE_TOKEN = "a-token";
  delete process.env.PULUMI_CONFIG_SECRET_KEYS;
});

afterEach(() => {
  for (const [name, value] of environment) {
    Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, value === undefined ? {} : { [name]: value });
  }
  rmSync(home, { recursive: true });
});

/** Loads the settings from properties as they stand in a stack's file. */
async function load(properties: Readonly<Record<string, unknown>>): Promise<unknown> {
  await startRuntime({ stack: "hub", config: engineConfig(properties) });
  return loadSettings();
}

describe("The settings of a stack", () => {
  for (const stack of shippedStacks) {
    test(`are read from the file of ${stack} that ships with the project, once it has operators`, async () => {
      const settings = (await load(withOperators(shippedFile(stack)))) as Settings;
      assert.equal(settings.role, stack);
      assert.equal(settings.cluster.label, `vault-federation-${stack}`);
      assert.equal(settings.cluster.systemPool.count, 3);
      assert.equal(settings.protect, true);
      assert.deepEqual(settings.vault, (await settingsOf()).vault);
    });

    test(`are not complete in the file of ${stack}, as nobody else can name its operators`, async () => {
      await assert.rejects(load(shippedFile(stack)), {
        message: `the configuration of stack "hub" has a problem:

  vault-federation:vault.operators
    received  nothing
    allowed   a list of { name, publicKey }, one for each key share
    remedy    edit it in Pulumi.hub.yaml
`,
      });
    });
  }

  test("are those of the least configuration, with defaults", async () => {
    assert.deepEqual(await load(minimalInput()), await settingsOf());
  });

  test("name other stacks as peers, and not the stack itself", async () => {
    assert.deepEqual(((await load({ ...minimalInput(), peers: { edge: {} } })) as Settings).peers, {
      edge: {},
    });
    await assert.rejects(load({ ...minimalInput(), peers: { edge: {}, hub: {} } }), {
      message: `the configuration of stack "hub" has a problem:

  vault-federation:peers.hub
    received  "hub", which is this stack itself
    allowed   names of other stacks
    remedy    pulumi config rm --stack hub --path 'vault-federation:peers.hub'
`,
    });
  });

  test("take a boolean from the command line, which writes it as text", async () => {
    assert.deepEqual(await load({ ...minimalInput(), protect: "false" }), {
      ...(await settingsOf()),
      protect: false,
    });
  });

  test("leave other namespaces alone", async () => {
    const properties = { ...minimalInput(), "linode:url": "http://localhost", "vault-federations:a": 1 };
    assert.deepEqual(await load(properties), await settingsOf());
  });
});

describe("A wrong configuration is refused", () => {
  test("with all its problems at once, those of the schema before the missing token", async () => {
    delete process.env.LINODE_TOKEN;
    const properties = { ...inputWith("cluster.kubernetesVersion", 1.35), protct: true, role: "spoke" };
    await assert.rejects(load(properties), {
      message: `the configuration of stack "hub" has 4 problems:

  vault-federation:role
    received  "spoke"
    allowed   hub or edge
    remedy    pulumi config set --stack hub --path 'vault-federation:role' <value>

  vault-federation:cluster.kubernetesVersion
    received  1.35
    allowed   a minor version of Kubernetes in quotes, such as "1.35"
    remedy    pulumi config set --stack hub --path 'vault-federation:cluster.kubernetesVersion' <value>

  vault-federation:protct
    received  a property that does not exist
    allowed   the properties that Pulumi.hub.yaml explains
    remedy    pulumi config rm --stack hub --path 'vault-federation:protct'

  linode:token
    received  nothing
    allowed   a personal access token of the Linode API
    remedy    pulumi config set --secret --stack hub --path 'linode:token', or export LINODE_TOKEN
`,
    });
  });

  test("with its mistakes between sections, whatever else is wrong within sections", async () => {
    const properties = { ...inputWith("vault", undefined), role: "spoke", peers: { edge: {}, hub: {} } };
    await assert.rejects(load(properties), {
      message: `the configuration of stack "hub" has 3 problems:

  vault-federation:role
    received  "spoke"
    allowed   hub or edge
    remedy    pulumi config set --stack hub --path 'vault-federation:role' <value>

  vault-federation:peers
    received  {"edge":{},"hub":{}}
    allowed   no peers without vault-federation:vault: a region exchanges secrets through a Vault of its own
    remedy    edit it in Pulumi.hub.yaml

  vault-federation:peers.hub
    received  "hub", which is this stack itself
    allowed   names of other stacks
    remedy    pulumi config rm --stack hub --path 'vault-federation:peers.hub'
`,
    });
  });

  test("when its peers are no object, with that alone", async () => {
    await assert.rejects(load({ ...minimalInput(), peers: "hub" }), {
      message: `the configuration of stack "hub" has a problem:

  vault-federation:peers
    received  "hub"
    allowed   peers by name
    remedy    edit it in Pulumi.hub.yaml
`,
    });
  });

  test("when an object's text is not JSON", async () => {
    await assert.rejects(load({ ...minimalInput(), cluster: '{"label": "hub"' }), {
      message: `the configuration of stack "hub" has a problem:

  vault-federation:cluster
    received  "{\\"label\\": \\"hub\\""
    allowed   an object with label, region, kubernetesVersion and systemPool
    remedy    edit it in Pulumi.hub.yaml
`,
    });
  });

  test("when nothing is configured at all", async () => {
    await assert.rejects(load({}), {
      message: `the configuration of stack "hub" has 2 problems:

  vault-federation:role
    received  nothing
    allowed   hub or edge
    remedy    pulumi config set --stack hub --path 'vault-federation:role' <value>

  vault-federation:cluster
    received  nothing
    allowed   an object with label, region, kubernetesVersion and systemPool
    remedy    edit it in Pulumi.hub.yaml
`,
    });
  });
});

describe("A secret among the settings", () => {
  test("is refused without being repeated, as the state would hold it in plain text", async () => {
    process.env.PULUMI_CONFIG_SECRET_KEYS = '["vault-federation:charts"]';
    const properties = { ...minimalInput(), charts: { mirror: "do-not-repeat" } };
    await assert.rejects(load(properties), {
      message: `the configuration of stack "hub" has a problem:

  vault-federation:charts
    received  a secret
    allowed   values that anybody may read who can read the state
    remedy    take what is secret out of vault-federation:charts in Pulumi.hub.yaml; where a chart needs it, put it into a Kubernetes Secret and name that in the chart's values
`,
    });
  });
});

describe("The token of the Linode API", () => {
  const missing = `the configuration of stack "hub" has a problem:

  linode:token
    received  nothing
    allowed   a personal access token of the Linode API
    remedy    pulumi config set --secret --stack hub --path 'linode:token', or export LINODE_TOKEN
`;

  test("is missed when it is nowhere", async () => {
    delete process.env.LINODE_TOKEN;
    await assert.rejects(load(minimalInput()), { message: missing });
  });

  test("is missed when the environment has it empty", async () => {
    process.env.LINODE_TOKEN = "";
    await assert.rejects(load(minimalInput()), { message: missing });
  });

  test("may come from the environment", async () => {
    assert.deepEqual(await load(minimalInput()), await settingsOf());
  });

  test("may come from the provider's own file in the home folder", async () => {
    delete process.env.LINODE_TOKEN;
    mkdirSync(join(home, ".config"));
    writeFileSync(join(home, ".config", "linode"), "[default]\ntoken = a-token\n");
    assert.deepEqual(await load(minimalInput()), await settingsOf());
  });

  test("may stand encrypted in the configuration", async () => {
    delete process.env.LINODE_TOKEN;
    process.env.PULUMI_CONFIG_SECRET_KEYS = '["linode:token"]';
    assert.deepEqual(await load({ ...minimalInput(), "linode:token": "a-token" }), await settingsOf());
  });

  test("is refused in plain text, and not repeated, even if the environment has one too", async () => {
    process.env.PULUMI_CONFIG_SECRET_KEYS = '["linode:url"]';
    await assert.rejects(load({ ...minimalInput(), "linode:token": "do-not-repeat" }), {
      message: `the configuration of stack "hub" has a problem:

  linode:token
    received  a token in plain text
    allowed   a secret
    remedy    pulumi config set --secret --stack hub --path 'linode:token', and revoke the token that stood there
`,
    });
  });
});
