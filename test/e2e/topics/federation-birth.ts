import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { it } from "node:test";

import { stacks, type Federation } from "../../support/federation.ts";
import { assertExit } from "../../support/command.ts";

/** From nothing to two regions that are what their stacks say. */
export function aFederationIsBorn(federation: () => Federation): void {
  it("has as many Ready nodes in each region as its pool asks for, each a machine of its own", async () => {
    for (const stack of stacks) {
      const found = await federation().kubectl(stack, "get", "nodes", "--output", "json");
      const { items } = JSON.parse(found.stdout) as {
        items: {
          metadata: { name: string; labels: Record<string, string> };
          status: {
            conditions: { type: string; status: string }[];
            addresses: { type: string; address: string }[];
          };
        }[];
      };
      assert.equal(items.length, 3);
      const ready = items.map(({ status }) => status.conditions.find(({ type }) => type === "Ready")?.status);
      assert.deepEqual(ready, ["True", "True", "True"]);
      const addresses = items.map(
        ({ status }) => status.addresses.find(({ type }) => type === "InternalIP")?.address,
      );
      assert.equal(new Set(addresses).size, 3);
      const regions = items.map(({ metadata }) => metadata.labels["topology.kubernetes.io/region"]);
      assert.equal(new Set(regions).size, 1);
    }
  });

  it("issues certificates that the region's exported CA bundle verifies, and no other region's does", async () => {
    const bundles = await Promise.all(
      stacks.map(async (stack) => String((await federation().outputs(stack)).caBundle)),
    );
    const [hubRoot, edgeRoot] = bundles.map((pem) => new X509Certificate(pem));
    assert.ok(hubRoot !== undefined && edgeRoot !== undefined);
    assert.equal(hubRoot.subject, "CN=vault-federation root");

    const request = {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: { name: "probe", namespace: "default" },
      spec: {
        secretName: "probe",
        dnsNames: ["probe.example.test"],
        issuerRef: { kind: "ClusterIssuer", name: "ca" },
      },
    };
    assertExit(
      await federation().sandbox.run("kubectl", ["--context", "hub", "apply", "--filename", "-"], {
        input: JSON.stringify(request),
      }),
    );
    assertExit(
      await federation().kubectl(
        "hub",
        "wait",
        "certificate/probe",
        "--for=condition=Ready",
        "--timeout=60s",
      ),
    );
    const secret = await federation().kubectl(
      "hub",
      "get",
      "secret",
      "probe",
      "--output",
      "jsonpath={.data.tls\\.crt}",
    );
    const leaf = new X509Certificate(Buffer.from(secret.stdout, "base64"));
    assert.ok(leaf.verify(hubRoot.publicKey));
    assert.ok(!leaf.verify(edgeRoot.publicKey));
  });

  it("exports exactly the contract, with the kubeconfig as its only secret", async () => {
    for (const stack of stacks) {
      const outputs = await federation().outputs(stack);
      assert.deepEqual(Object.keys(outputs).sort(), [
        "caBundle",
        "kubeconfig",
        "kubernetesClusterId",
        "kubernetesEndpoints",
        "peers",
        "region",
        "role",
      ]);
      const secrets = Object.entries(outputs).filter(([, value]) => value === "[secret]");
      assert.deepEqual(
        secrets.map(([name]) => name),
        ["kubeconfig"],
      );
      assert.equal(outputs.role, stack);
    }
  });

  it("keeps every token and private key out of the state's plain text", async () => {
    for (const stack of stacks) {
      const shown = await federation().sandbox.pulumi([
        "stack",
        "output",
        "kubeconfig",
        "--show-secrets",
        "--stack",
        stack,
      ]);
      const token = /token: (\S+)/.exec(shown.stdout)?.[1];
      assert.ok(token !== undefined && token.length > 100, "the kubeconfig has a token");
      const exported = await federation().sandbox.pulumi(["stack", "export", "--stack", stack]);
      assertExit(exported);
      assert.ok(exported.stdout.includes('"ciphertext"'));
      assert.ok(!exported.stdout.includes(token));
      assert.ok(!exported.stdout.includes(Buffer.from(shown.stdout).toString("base64").slice(40, 200)));
      assert.ok(!exported.stdout.includes("PRIVATE KEY"));
    }
  });

  it("shows no change at a second preview, update and refresh", async () => {
    for (const stack of stacks) {
      await federation().sandbox.stack(stack).assertSettled();
    }
  });
}
