import { auditDevices } from "../../components/vault/audit-devices.ts";
import { refuse } from "../../components/vault/bootstrap/refusal.ts";
import { vaultNames } from "../../components/vault/vault-values.ts";
import { exitCodes, type ExitCode } from "../failure.ts";
import { answers, obstacles } from "../servers/server-state.ts";
import type { RegionStatus, Unknown } from "./status.ts";

/** What is to be done about a region, and what is not known of it. */
export interface Judgement {
  /** What needs a person, each with what to do. */
  readonly problems: readonly string[];
  /** What could not be found out. */
  readonly unknowns: readonly string[];
}

/** Finds what is wrong with a region. */
export function judge(status: RegionStatus): Judgement {
  const problems = [
    ...serverProblems(status),
    ...autopilotProblems(status),
    ...certificateProblems(status),
    ...auditProblems(status),
    ...releaseProblems(status),
  ];
  const running = new Set(status.pods.filter((pod) => pod.running).map(({ name }) => name));
  const silent = status.servers.filter((server) => !answers(server) && running.has(server.name));
  const unknowns = [
    ...obstacles(silent).filter((reason) => reason !== "there is no leader"),
    ...[status.autopilot, status.certificate, status.audit, status.release]
      .filter(isUnknown)
      .map(({ unknown }) => unknown),
  ];
  return { problems, unknowns };
}

/** The exit code for regions: what is not known weighs more than what is known to be wrong. */
export function statusExitCode(judgements: readonly Judgement[]): ExitCode {
  if (judgements.some(({ unknowns }) => unknowns.length > 0)) {
    return exitCodes.unknown;
  }
  return judgements.some(({ problems }) => problems.length > 0) ? exitCodes.actionNeeded : exitCodes.fine;
}

/** Whether something could not be found out. */
export function isUnknown(part: unknown): part is Unknown {
  return typeof part === "object" && part !== null && "unknown" in part;
}

function serverProblems({ stack, clusterId, pods, servers }: RegionStatus): string[] {
  const down = pods.filter((pod) => !pod.running);
  const sealed = servers.filter(answers).filter(({ seal }) => seal.initialized && seal.sealed);
  const closed = sealed.filter(({ seal }) => !seal.recovery_seal);
  const stuck = sealed.filter(({ seal }) => seal.recovery_seal);
  const answering = new Set(servers.filter(answers).map(({ name }) => name));
  const others = obstacles(servers.filter(answers)).filter((reason) => !reason.endsWith(" is sealed"));
  const foreign = servers
    .filter(answers)
    .filter(({ seal }) => seal.cluster_id !== undefined && seal.cluster_id !== clusterId);
  const outdated = pods.filter((pod) => pod.outdated && pod.running);
  const stopped = down.map((pod) => {
    const fact = `${pod.name} does not run: ${pod.obstacle}`;
    return pod.outdated
      ? `${fact}. Its settings have changed since: run \`vfed roll ${stack}\`, which replaces it`
      : fact;
  });
  if (answering.size > 0 && servers.filter(answers).every(({ seal }) => !seal.initialized)) {
    const region = { namespace: vaultNames.namespace, replicas: pods.length };
    return [...stopped, refuse("data-lost-after-birth", region, clusterId).message];
  }
  return [
    ...stopped,
    ...(closed.length > 0 ? [`${namesOf(closed)} sealed: run \`vfed unseal ${stack}\``] : []),
    ...(stuck.length > 0
      ? [
          `${namesOf(stuck)} sealed, and not unsealed by the key service (${stuck[0]?.seal.type ?? ""}): look at the pod's log`,
        ]
      : []),
    // Sealed servers explain why there is no leader.
    ...(answering.size === 0 || (sealed.length > 0 && others.join() === "there is no leader") ? [] : others),
    ...foreign.map(
      ({ name, seal }) =>
        `${name} belongs to cluster ${seal.cluster_id ?? ""}, but this stack's is ${clusterId}: put the right volume back`,
    ),
    ...(outdated.length > 0
      ? [`${namesOf(outdated)} made from an older specification: run \`vfed roll ${stack}\``]
      : []),
  ];
}

function autopilotProblems({ autopilot }: RegionStatus): string[] {
  if (autopilot === undefined || isUnknown(autopilot) || autopilot.reason === "") {
    return [];
  }
  return [autopilot.reason];
}

function certificateProblems({ certificate, stack }: RegionStatus): string[] {
  if (isUnknown(certificate)) {
    return [];
  }
  const { expires, stale, missingNames, overdue, root } = certificate;
  const update = `run \`pulumi up --stack ${stack}\`, then that of each peer`;
  return [
    ...(overdue
      ? [`the certificate ends on ${expires} and should have been renewed by now: look at cert-manager's log`]
      : []),
    ...(stale.length > 0
      ? [
          `${stale.join(", ")} still shows an older certificate: look at the log of its container certificate-reload, or run \`vfed roll ${stack} --force\``,
        ]
      : []),
    ...(missingNames.length > 0
      ? [`the certificate lacks ${missingNames.join(", ")}: run \`pulumi up\``]
      : []),
    ...(root.due
      ? [
          `the root certificate that the stack knows ends on ${root.expires} and should have a successor by now: ${update}; ` +
            "if that changes nothing, look at cert-manager's log",
        ]
      : []),
    ...(root.foreign
      ? [
          "the certificate does not descend from the root certificate that the stack knows: " +
            `run \`pulumi refresh --target '**CaBundle::*' --stack ${stack}\`, then ${update}`,
        ]
      : []),
  ];
}

function auditProblems({ audit, stack }: RegionStatus): string[] {
  if (audit === undefined || isUnknown(audit)) {
    return [];
  }
  const problems = auditDevices.flatMap(({ path, type, target }) => {
    const found = audit.find((device) => device.path === path);
    if (found === undefined) {
      return [`the audit device ${path} is not enabled`];
    }
    return found.type === type && found.target === target
      ? []
      : [
          `the audit device ${path} is of type ${found.type} and writes to ${found.target}, instead of ${type} to ${target}`,
        ];
  });
  return problems.map((problem) => `${problem}: run \`pulumi up --refresh --stack ${stack}\``);
}

function releaseProblems({ release, stack }: RegionStatus): string[] {
  if (release === undefined) {
    return ["Helm knows of no release: run `pulumi up`"];
  }
  if (isUnknown(release)) {
    return [];
  }
  return [
    ...(release.status === "deployed"
      ? []
      : [`the release is ${release.status}: run \`pulumi up --stack ${stack}\``]),
    ...release.drift.map((difference) => `changed by hand: ${difference}`),
  ];
}

function namesOf(servers: readonly { name: string }[]): string {
  return `${servers.map(({ name }) => name).join(", ")} ${servers.length === 1 ? "is" : "are"}`;
}
