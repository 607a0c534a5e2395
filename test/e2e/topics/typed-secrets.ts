import assert from "node:assert/strict";
import { it } from "node:test";

import { certifyKey } from "../../../sandbox/test/support/certificates.ts";
import { assertExit } from "../../support/command.ts";
import { eventually } from "../../support/eventually.ts";
import type { HubVault } from "../../support/hub-vault.ts";
import { arrivalSeconds, LinkedRegions, regions, shared } from "../../support/linked-regions.ts";

/** What both stacks say of the secrets: one that people enter in the hub, and one that Pulumi generates in the edge. */
const settings = {
  'secrets["demo/certificate"].home': "hub",
  'secrets["demo/certificate"].type': "kubernetes.io/tls",
  'secrets["demo/certificate"].refreshInterval': "10s",
  'secrets["demo/login"].home': "edge",
  'secrets["demo/login"].type': "kubernetes.io/basic-auth",
  'secrets["demo/login"].refreshInterval': "10s",
  'secrets["demo/login"].generated.plain.username': "app",
  "vault.consumers.demo[3]": "demo/certificate",
  "vault.consumers.demo[4]": "demo/login",
  ...syncedSecret("certificate", "kubernetes.io/tls"),
  ...syncedSecret("login", "kubernetes.io/basic-auth"),
};

/** Secrets with a type of Kubernetes' own arrive as such. */
export function typedSecretsCross(hub: () => HubVault): void {
  it("gives workloads of both regions a certificate that was entered in one of them, and a login that was generated in the other, as Secrets of their types", async () => {
    const both = new LinkedRegions(hub());
    await both.configure(settings);
    const { certificate, key } = certifyKey({ commonName: "web.example.test" });
    const values = { "tls.crt": certificate, "tls.key": key };
    const set = ["secret", "set", "demo/certificate", "tls.crt=-", "tls.key=-", "--stack", "hub"];
    assertExit(await hub().vfed(set, { input: JSON.stringify(values) }));
    // As one line it is found however it is written.
    hub().entered.push(key.split("\n")[1] ?? assert.fail("the key has no lines"));

    for (const region of regions) {
      await eventually(async () => {
        assert.deepEqual(await both.secret(region, shared.namespace, "demo-certificate"), values);
        assert.equal(await typeOf(both, region, "demo-certificate"), "kubernetes.io/tls");
      }, arrivalSeconds);
    }
    await eventually(async () => {
      const [inHub, inEdge] = await Promise.all(
        regions.map((region) => both.secret(region, shared.namespace, "demo-login")),
      );
      assert.deepEqual(inHub, inEdge);
      assert.deepEqual(Object.keys(inHub ?? {}).sort(), ["password", "username"]);
      assert.equal(inHub?.username, "app");
      assert.equal(await typeOf(both, "hub", "demo-login"), "kubernetes.io/basic-auth");
    }, arrivalSeconds);
  });

  it("refuses a certificate without its key, and changes nothing", async () => {
    const both = new LinkedRegions(hub());
    const before = await both.secret("hub", "secret-sources", "demo.certificate");
    const set = ["secret", "set", "demo/certificate", "tls.crt=-", "--replace", "--stack", "hub"];
    const { exitCode, output } = await hub().vfed(set, { input: "a certificate" });
    assert.equal(exitCode, 1, output);
    assert.match(output, /demo\/certificate is of type kubernetes\.io\/tls and lacks tls\.key/);
    assert.deepEqual(await both.secret("hub", "secret-sources", "demo.certificate"), before);
  });
}

/** What makes a Kubernetes Secret of a path for workloads. */
function syncedSecret(name: string, type: string): Record<string, string> {
  const member = `delivery.syncedSecrets.demo-${name}`;
  return {
    [`${member}.namespace`]: shared.namespace,
    [`${member}.path`]: `demo/${name}`,
    [`${member}.destination`]: `demo-${name}`,
    [`${member}.type`]: type,
    [`${member}.refreshAfter`]: "10s",
  };
}

async function typeOf(both: LinkedRegions, region: "hub" | "edge", name: string): Promise<string> {
  const get = ["get", "secret", name, "--namespace", shared.namespace, "--output", "jsonpath={.type}"];
  return (await both.kubectl(region, ...get)).stdout;
}
