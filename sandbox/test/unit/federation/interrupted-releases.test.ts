import assert from "node:assert/strict";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";

import { HelmCli } from "../../../federation/helm.ts";
import { LinodeClient } from "../../../federation/linode-client.ts";
import { recover } from "../../../federation/recovery.ts";
import { scriptPulumi } from "./support/scripted-pulumi.ts";

class Account extends LinodeClient {
  constructor() {
    super("http://127.0.0.1:1", "token");
  }
  override kubeconfig(id: number) {
    return Promise.resolve(`kubeconfig of ${String(id)}`);
  }
}

const list = "list --all-namespaces --pending --uninstalling --output json";
const history = "history cert-manager --namespace cert-manager --output json";
const uninstall = "uninstall cert-manager --namespace cert-manager --wait";

/** What helm and the user hear when an update was killed that was at the release of cert-manager. */
async function recoverFrom(
  context: TestContext,
  {
    operation = "creating",
    type = "kubernetes:helm.sh/v3:Release",
    status = "pending-install",
    history = [],
    failure,
  }: {
    operation?: string;
    type?: string;
    status?: string;
    history?: readonly { revision: number; status: string }[];
    failure?: string;
  } = {},
) {
  const inputs = { name: "cert-manager", namespace: "cert-manager" };
  const urn = `urn:pulumi:hub::vault-federation::${type}::cert-manager-release`;
  const deployment = {
    resources: [{ urn: "cluster", type: "linode:index/lkeCluster:LkeCluster", id: "7" }],
    pending_operations: [{ type: operation, resource: { urn, type, inputs } }],
  };
  const { folder, pulumi, asked } = await scriptPulumi(context, [
    { commands: '"stack export "*', stdout: JSON.stringify({ deployment }) },
  ]);
  const found = [
    { ...inputs, status },
    { name: "theirs", namespace: "cert-manager", status: "pending-install" },
  ];
  const program = join(folder, "helm");
  await writeFile(
    program,
    [
      "#!/bin/sh",
      `echo "$(cat "$KUBECONFIG"): $*" >>'${folder}/helm-asked'`,
      'case "$*" in',
      `list*) echo '${JSON.stringify(found)}' ;;`,
      `history*) echo '${JSON.stringify(history)}' ;;`,
      failure === undefined ? "" : `uninstall*) echo '${failure}' >&2; exit 1 ;;`,
      "esac",
    ].join("\n"),
  );
  await chmod(program, 0o700);
  const said: string[] = [];
  const notice = (text: string): void => void said.push(text);
  const helm = new HelmCli(program, { PATH: process.env.PATH ?? "" });
  await recover("hub", { pulumi, backend: folder, linode: new Account(), helm, notice }, {});
  const lines = (await readFile(join(folder, "helm-asked"), "utf8").catch(() => "")).split("\n").slice(0, -1);
  for (const line of lines) {
    assert.match(line, /^kubeconfig of 7: /);
  }
  return {
    helm: lines.map((line) => line.replace("kubeconfig of 7: ", "")),
    said: said.filter((text) => text.includes("release ")),
    refreshes: (await asked()).filter((command) => command.startsWith("refresh")).length,
  };
}

for (const status of ["pending-install", "uninstalling"]) {
  test(`A release that a killed update left ${status} is uninstalled before the refresh, and no other one`, async (context) => {
    assert.deepEqual(await recoverFrom(context, { status }), {
      helm: [list, uninstall],
      said: [`uninstalling release cert-manager/cert-manager, which that update left ${status}`],
      refreshes: 1,
    });
  });
}

for (const status of ["pending-upgrade", "pending-rollback"]) {
  test(`A release that a killed update left ${status} is rolled back to the last revision in use`, async (context) => {
    const revisions = ["superseded", "deployed", "failed", status].map((was, index) => ({
      revision: index + 3,
      status: was,
    }));
    assert.deepEqual(await recoverFrom(context, { operation: "updating", status, history: revisions }), {
      helm: [list, history, "rollback cert-manager 4 --namespace cert-manager --wait"],
      said: [`rolling release cert-manager/cert-manager back to revision 4: that update left it ${status}`],
      refreshes: 0,
    });
  });
}

test("A release that was never in use is uninstalled, also if an upgrade of it was killed", async (context) => {
  const revisions = [
    { revision: 1, status: "failed" },
    { revision: 2, status: "pending-upgrade" },
  ];
  const { helm } = await recoverFrom(context, { status: "pending-upgrade", history: revisions });
  assert.deepEqual(helm, [list, history, uninstall]);
});

test("Helm is asked nothing if the killed update was at no release", async (context) => {
  const { helm, said } = await recoverFrom(context, { type: "kubernetes:core/v1:Namespace" });
  assert.deepEqual({ helm, said }, { helm: [], said: [] });
});

test("A release that helm can't end is told with what helm said", async (context) => {
  await assert.rejects(recoverFrom(context, { failure: "Error: the cluster is away" }), {
    message: `\`helm ${uninstall}\` failed:\n\nError: the cluster is away`,
  });
});
