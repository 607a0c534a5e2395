import { readRecord } from "../daemon/record.ts";
import { LinodeClient } from "../federation/linode-client.ts";
import type { StateFolder } from "../state/folder.ts";

/** Prints what runs; exit code 1 if nothing does. */
export async function status(folder: StateFolder, json: boolean): Promise<void> {
  const record = readRecord(folder);
  const clusters =
    record === undefined ? [] : await new LinodeClient(record.linodeUrl, record.linodeToken).clusters();
  const notReady =
    record === undefined ? [] : await new LinodeClient(record.linodeUrl, record.linodeToken).nodesNotReady();
  const report = {
    state: folder.root,
    running: record !== undefined,
    linodeUrl: record?.linodeUrl,
    clusters: clusters.map(({ id, label }) => ({ id, label })),
    nodesNotReady: notReady,
  };
  process.stdout.write(json ? `${JSON.stringify(report, undefined, 2)}\n` : `${describe(report)}\n`);
  process.exitCode = report.running ? 0 : 1;
}

function describe(report: {
  state: string;
  running: boolean;
  linodeUrl?: string;
  clusters: readonly { id: number; label: string }[];
  nodesNotReady: readonly string[];
}): string {
  if (!report.running) {
    return `the sandbox in ${report.state} is not running; start it with \`make sandbox\``;
  }
  const clusters = report.clusters.map(({ id, label }) => `  cluster ${id}  ${label}`);
  const nodes =
    report.nodesNotReady.length === 0
      ? "all nodes are Ready"
      : `not Ready: nodes ${report.nodesNotReady.join(", ")}`;
  return [
    `the sandbox in ${report.state} is running`,
    `  Linode API  ${report.linodeUrl ?? ""}`,
    ...clusters,
    `  ${nodes}`,
  ].join("\n");
}
