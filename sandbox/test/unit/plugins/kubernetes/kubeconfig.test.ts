import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  chooseActiveCluster,
  chooseConnection,
  writeKubeconfig,
} from "../../../../plugins/kubernetes/api/kubeconfig.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nhub\n-----END CERTIFICATE-----\n";
const TOKEN = "token-that-nobody-may-see";
const KUBECONFIG = `
apiVersion: v1
kind: Config
current-context: hub
contexts:
  - name: hub
    context: { cluster: hub, user: admin, namespace: shop }
  - name: edge
    context: { cluster: edge, user: files }
clusters:
  - name: hub
    cluster:
      server: https://hub.example.com:6443/
      certificate-authority-data: ${Buffer.from(PEM).toString("base64")}
  - name: edge
    cluster:
      server: https://edge.example.com
      certificate-authority: authority.pem
      tls-server-name: kubernetes
users:
  - name: admin
    user: { token: ${TOKEN} }
  - name: files
    user: { tokenFile: token, client-certificate: authority.pem, client-key: authority.pem }
  - name: command
    user: { exec: { command: aws } }
`;

describe("a kubeconfig", () => {
  let folder: string;
  let path: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
    path = join(folder, "config");
    writeFileSync(path, KUBECONFIG);
    writeFileSync(join(folder, "authority.pem"), PEM);
    writeFileSync(join(folder, "token"), "from-a-file\n");
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("gives the current context's cluster, credentials and namespace", async () => {
    assert.deepEqual(await chooseConnection({ kubeconfig: KUBECONFIG }), {
      server: "https://hub.example.com:6443",
      authority: PEM,
      verifiesServer: true,
      serverName: undefined,
      token: TOKEN,
      clientCertificate: undefined,
      clientKey: undefined,
      namespace: "shop",
    });
  });

  it("can be a path, from whose folder its own paths start", async () => {
    assert.deepEqual(await chooseConnection({ kubeconfig: path, context: "edge" }), {
      server: "https://edge.example.com",
      authority: PEM,
      verifiesServer: true,
      serverName: "kubernetes",
      token: "from-a-file",
      clientCertificate: PEM,
      clientKey: PEM,
      namespace: undefined,
    });
  });

  it("keeps the user of a context when another cluster is chosen", async () => {
    const { server, token } = await chooseConnection({ kubeconfig: path, cluster: "edge" });
    assert.deepEqual([server, token], ["https://edge.example.com", TOKEN]);
  });

  it("says which contexts and clusters there are when the chosen one is missing", async () => {
    await assert.rejects(chooseConnection({ kubeconfig: path, context: "other" }), {
      message: 'the kubeconfig has no context "other", only "hub", "edge"',
    });
    await assert.rejects(chooseConnection({ kubeconfig: path, cluster: "other" }), {
      message: 'the kubeconfig has no cluster "other", only "hub", "edge"',
    });
    await assert.rejects(chooseConnection({ kubeconfig: KUBECONFIG.replace("current-context: hub", "") }), {
      message: 'the kubeconfig has no current context; set the provider\'s "context" to one of "hub", "edge"',
    });
  });

  it("refuses ways to log in that are not implemented", async () => {
    await assert.rejects(
      chooseConnection({ kubeconfig: KUBECONFIG.replace("user: admin", "user: command") }),
      {
        message:
          "the kubeconfig uses exec, which this plugin does not implement; " +
          "use a server that is reached directly, and a user with a token or a client certificate",
      },
    );
  });

  it("never shows what it holds when it can't be read", async () => {
    for (const kubeconfig of [`${KUBECONFIG}\n: : [`, Buffer.from(KUBECONFIG).toString("base64"), "{}"]) {
      await assert.rejects(chooseConnection({ kubeconfig }), (error: Error) => {
        assert.match(
          error.message,
          /^the kubeconfig can't be read: it is neither a kubeconfig nor the path of one/,
        );
        assert.equal(error.message.includes(TOKEN), false);
        return true;
      });
    }
  });

  it("leads to the same place after it was written anew", async () => {
    const connection = await chooseConnection({ kubeconfig: path, context: "edge" });
    assert.deepEqual(await chooseConnection({ kubeconfig: writeKubeconfig(connection) }), connection);
  });

  it("names no active cluster where it leads nowhere", async () => {
    assert.equal(await chooseActiveCluster({ kubeconfig: "{}" }), undefined);
    assert.equal((await chooseActiveCluster({ kubeconfig: path }))?.server, "https://hub.example.com:6443/");
  });
});
