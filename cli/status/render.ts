import { styleText } from "node:util";

import type { ServerPod } from "../region/vault-pods.ts";
import { answers, type ServerState } from "../servers/server-state.ts";
import { isUnknown, type Judgement } from "./judge.ts";
import type { RegionStatus } from "./status.ts";

/** Writes a region's status for people: a line for each server, one for each other thing, then what is to be done. */
export function renderStatus(status: RegionStatus, { problems, unknowns }: Judgement): string {
  const servers = status.pods.map((pod) => {
    const state = status.servers.find(({ name }) => name === pod.name);
    return [pod.name, pod.running ? roleOf(state) : "not running", describeImage(pod, status.image)];
  });
  const facts = [
    ["autopilot", describeAutopilot(status)],
    ["certificate", describeCertificate(status)],
    ["audit", describeAudit(status)],
    ["release", describeRelease(status)],
  ];
  return [
    styleText("bold", status.stack),
    ...table(servers),
    ...table(facts),
    ...problems.map((problem) => `  ${styleText("red", "✗")} ${problem}`),
    ...unknowns.map((unknown) => `  ${styleText("yellow", "?")} ${unknown}`),
    ...(problems.length + unknowns.length === 0 ? [`  ${styleText("green", "✓")} healthy`] : []),
  ].join("\n");
}

/** What a server is, in a word or two. */
export function roleOf(state: ServerState | undefined): string {
  if (state === undefined || !answers(state)) {
    return "does not answer";
  }
  const { seal, leads, health } = state;
  if (!seal.initialized) {
    return "empty";
  }
  if (seal.sealed) {
    return seal.progress > 0 ? `sealed, ${seal.progress} of ${seal.t} shares` : "sealed";
  }
  if (leads) {
    return "leader";
  }
  return health === 474 ? "standby, without leader" : "standby";
}

/** Lays out rows in columns. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
}

/** A pod can be outdated by something else than its image, such as a new version of the chart. */
function describeImage({ image, outdated }: ServerPod, wanted: string): string {
  if (!outdated) {
    return tagOf(image);
  }
  return image === wanted ? `${tagOf(image)}, outdated` : `${tagOf(image)}, to be ${tagOf(wanted)}`;
}

/** An image's tag; digests and images without one are shown whole. */
function tagOf(image: string): string {
  return /:([^:/@]+)$/.exec(image)?.[1] ?? image;
}

function describeAutopilot({ autopilot }: RegionStatus): string {
  if (autopilot === undefined) {
    return "no leader to ask";
  }
  if (isUnknown(autopilot)) {
    return "unknown";
  }
  const { verdict, failureTolerance } = autopilot;
  if (verdict === "hidden") {
    return "not told without VAULT_TOKEN";
  }
  return failureTolerance === undefined
    ? "no opinion yet"
    : `${verdict}, ${failureTolerance} of the servers may fail`;
}

function describeCertificate({ certificate, servers }: RegionStatus): string {
  if (isUnknown(certificate)) {
    return "unknown";
  }
  const { expires, stale, root } = certificate;
  const shown = !servers.some(answers)
    ? "shown by none, as none answers"
    : stale.length === 0
      ? "shown by all that answer"
      : `not shown by ${stale.join(", ")}`;
  return `${until(expires)}, ${shown}; the root ${until(root.expires)}`;
}

function until(time: string): string {
  return `until ${time.slice(0, 16).replace("T", " ")}`;
}

function describeAudit({ audit }: RegionStatus): string {
  if (audit === undefined) {
    return "not told without a token that may see it (VAULT_TOKEN)";
  }
  return isUnknown(audit) ? "unknown" : audit.map(({ path }) => path).join(", ") || "none";
}

function describeRelease({ release }: RegionStatus): string {
  if (release === undefined) {
    return "none";
  }
  if (isUnknown(release)) {
    return "unknown";
  }
  const { chart, revision, status, drift } = release;
  return `${chart}, revision ${revision}, ${status}${drift.length === 0 ? "" : ", changed by hand"}`;
}
