import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { eventually } from "./eventually.ts";
import type { TestSandbox } from "./sandbox.ts";

/** A cluster with nodes and nothing else, made by the emulated Linode API. */
export interface BareCluster {
  /** Linode's id of it. */
  readonly id: number;
  /** File with a kubeconfig of it. */
  readonly kubeconfig: string;
}

/** What a bare cluster is like. */
export interface BareClusterArgs {
  readonly label: string;
  readonly nodes: number;
}

/**
 * Starts a sandbox as far as its Linode API: its regions would take minutes.
 * @param options Options of `up`.
 */
export async function startLinode(sandbox: TestSandbox, ...options: readonly string[]): Promise<void> {
  const { exitCode, output } = await sandbox.command(["up", ...options], {
    onStart: (child) => {
      let isInterrupted = false;
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        if (!isInterrupted && text.includes("stack hub")) {
          isInterrupted = child.kill("SIGINT");
        }
      });
    },
  });
  assert.equal(exitCode, 1, output);
}

/** Makes a cluster in a sandbox whose Linode API serves, and waits until its nodes are ready. */
export async function makeBareCluster(
  sandbox: TestSandbox,
  { label, nodes }: BareClusterArgs,
): Promise<BareCluster> {
  const { id } = (await sandbox.linode("POST", "/v4/lke/clusters", {
    label,
    region: "us-ord",
    k8s_version: "1.36",
    node_pools: [{ type: "g6-standard-2", count: nodes }],
  })) as { id: number };
  const kubeconfig = join(sandbox.folder, `kubeconfig-of-${label}`);
  await eventually(async () => {
    const path = `/v4/lke/clusters/${id}/kubeconfig`;
    const answer = (await sandbox.linode("GET", path)) as { kubeconfig: string };
    await writeFile(kubeconfig, Buffer.from(answer.kubeconfig, "base64"), { mode: 0o600 });
    const [pool] = await sandbox.list(`/lke/clusters/${id}/pools`);
    const states = (pool?.nodes as { status: string }[]).map(({ status }) => status);
    assert.deepEqual(states, Array<string>(nodes).fill("ready"));
  }, 120);
  return { id, kubeconfig };
}
