import { X509Certificate } from "node:crypto";

import { CoreV1Api } from "@kubernetes/client-node";

import type { AuditDevice } from "../../components/vault/audit-devices.ts";
import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { serverDnsNames, vaultNames } from "../../components/vault/vault-values.ts";
import { reasonOf } from "../failure.ts";
import { releaseDrift } from "../region/drift.ts";
import { latestRelease } from "../region/helm-release.ts";
import type { Region } from "../region/region.ts";
import { imageOf, type ServerPod } from "../region/vault-pods.ts";
import { askAutopilot, ifAllowed, type Autopilot } from "../servers/autopilot.ts";
import { leaderOf, observeAll, type ServerState } from "../servers/server-state.ts";
import { judgeCertificate, type CertificateStatus } from "./certificate.ts";

/** What could not be found out, and why. */
export interface Unknown {
  readonly unknown: string;
}

/** What {@link regionStatus} finds of the release. */
export interface ReleaseStatus {
  readonly chart: string;
  readonly revision: number;
  readonly status: string;
  /** What of it was changed in the cluster. */
  readonly drift: readonly string[];
}

/** Everything that can be seen of a region's Vault. */
export interface RegionStatus {
  readonly stack: string;
  /** Vault's own id of the cluster, as the stack knows it. */
  readonly clusterId: string;
  /** Image that the StatefulSet asks for. */
  readonly image: string;
  readonly pods: readonly ServerPod[];
  readonly servers: readonly ServerState[];
  /** Absent without a leader. */
  readonly autopilot?: Autopilot | Unknown;
  readonly certificate: CertificateStatus | Unknown;
  /** The audit devices; absent without a token that may see them. */
  readonly audit?: readonly AuditDevice[] | Unknown;
  /** Absent if Helm knows of none. */
  readonly release?: ReleaseStatus | Unknown;
}

/**
 * Looks at a region's Vault. What can't be found out is said where it belongs; the rest is found out all the same.
 * @param token Lets autopilot and the audit devices be asked; without it less is known.
 */
export async function regionStatus(
  region: Region,
  token: string | undefined,
  now: number,
): Promise<RegionStatus> {
  const clients = region.servers.all;
  const [set, pods, servers] = await Promise.all([
    region.pods.statefulSet(),
    region.pods.list(),
    observeAll(clients),
  ]);
  const leader = clients.find(({ name }) => name === leaderOf(servers)?.name);
  const [certificate, release, autopilot, audit] = await Promise.all([
    orUnknown(certificateStatus(region, now)),
    orUnknown(releaseStatus(region)),
    leader && orUnknown(askAutopilot(leader, clients.length, token)),
    leader && token !== undefined
      ? orUnknown(ifAllowed(enabledAuditDevices(leader.withToken(token))))
      : undefined,
  ]);
  return {
    stack: region.stack,
    clusterId: region.outputs.vaultClusterId,
    image: imageOf(set.spec?.template.spec?.containers),
    pods,
    servers,
    autopilot,
    certificate,
    audit,
    release,
  };
}

async function orUnknown<T>(looked: Promise<T>): Promise<T | Unknown> {
  try {
    return await looked;
  } catch (error) {
    return { unknown: reasonOf(error) };
  }
}

async function certificateStatus(
  { servers, outputs, config }: Region,
  now: number,
): Promise<CertificateStatus> {
  const { vaultNamespace: namespace, vaultAddress, caBundle } = outputs;
  const secret = await config
    .makeApiClient(CoreV1Api)
    .readNamespacedSecret({ name: vaultNames.tlsSecret, namespace });
  const stored = new X509Certificate(Buffer.from(secret.data?.["tls.crt"] ?? "", "base64"));
  const served = await Promise.all(
    servers.all.map(async (server): Promise<[string, X509Certificate][]> => {
      // A server that does not answer is reported as such, not by its certificate.
      const shown = await server.servedCertificate().catch(() => undefined);
      return shown === undefined ? [] : [[server.name, shown]];
    }),
  );
  const required = [...serverDnsNames(namespace), new URL(vaultAddress).hostname];
  return judgeCertificate(stored, new X509Certificate(caBundle), new Map(served.flat()), required, now);
}

async function releaseStatus({ config, outputs }: Region): Promise<ReleaseStatus | undefined> {
  const { vaultNamespace: namespace } = outputs;
  const release = await latestRelease(config, namespace, vaultNames.release);
  if (release === undefined) {
    return undefined;
  }
  const { chart, revision, status, objects } = release;
  return { chart, revision, status, drift: await releaseDrift(config, namespace, objects) };
}

/** What Vault answers for `sys/audit`, as far as it is used. */
interface EnabledDevices {
  readonly data: Readonly<
    Record<string, { readonly type: string; readonly options?: { readonly file_path?: string } | null }>
  >;
}

/** The audit devices that Vault has, by their paths in order. The token of the client must be allowed to see them. */
export async function enabledAuditDevices(leader: VaultClient): Promise<AuditDevice[]> {
  const { data } = await leader.send<EnabledDevices>("GET", "sys/audit");
  return Object.entries(data)
    .map(([path, { type, options }]) => ({
      path: path.replace(/\/$/, ""),
      type,
      target: options?.file_path ?? "nowhere",
    }))
    .sort((one, other) => one.path.localeCompare(other.path, "en"));
}
