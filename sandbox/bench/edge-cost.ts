import { setTimeout as sleep } from "node:timers/promises";

import { KubernetesApi } from "../cluster/kubernetes-api.ts";
import { kubeconfigOf } from "../federation/region.ts";
import { auditedRequests, isOfPeer, kinds, perMinute, type AuditedRequest } from "./audit-log.ts";
import type { BenchArgs, BenchRun } from "./bench.ts";
import type { Findings } from "./measurement.ts";
import { sharingIntervals } from "./sharing-intervals.ts";

const servers = "app.kubernetes.io/name=vault,component=server";

/** How long after the end the log may still get lines of requests before it. */
const settlingMilliseconds = 3_000;

/**
 * Counts, while nothing changes, the requests that the hub's Vault gets from the edge, by its audit log: those that bear
 * the policy which only the edge's tokens have.
 */
export async function benchEdgeCost(
  { pulumi, minutes }: BenchArgs,
  { signal, report }: BenchRun,
): Promise<Findings> {
  const { refreshInterval, linkInterval } = await sharingIntervals(pulumi, "edge");
  const cluster = new KubernetesApi(await kubeconfigOf("hub", pulumi));
  const start = Date.now();
  report(`counting for ${minutes} min`);
  await sleep(minutes * 60_000 + settlingMilliseconds, undefined, { signal });
  const requests = (await auditLog(cluster, start)).filter(
    ({ time }) => time >= start && time < start + minutes * 60_000,
  );
  if (requests.length === 0) {
    throw new Error(
      "the hub's Vault noted no request in its output; look at `kubectl --context hub logs -n vault vault-0` and at " +
        "`vfed status hub`, and bring it up with `make sandbox`",
    );
  }
  const ofEdge = requests.filter((request) => isOfPeer(request, "edge"));
  const writing = ofEdge.filter(({ operation }) => operation === "create" || operation === "update");
  const row = (subject: string, counted: readonly AuditedRequest[]) => ({
    subject,
    unit: "1/min",
    values: perMinute(counted, start, minutes),
  });
  return {
    measurements: [
      row("requests of the edge", ofEdge),
      row("of these, writing", writing),
      row("all requests to the hub's Vault", requests),
    ],
    conditions: [
      `the edge pushes two secrets every ${refreshInterval} and its token every ${linkInterval} (1m each by default), ` +
        "and checks the store once a minute; nobody changed anything.",
      `in ${minutes} min: ${kinds(ofEdge).join(", ")}.`,
    ],
  };
}

/** The requests that all servers noted since a moment: only the active one answers any, but that may change. */
async function auditLog({ core }: KubernetesApi, since: number): Promise<AuditedRequest[]> {
  const pods = await core.listNamespacedPod({ namespace: "vault", labelSelector: servers });
  const outputs = await Promise.all(
    pods.items.map(({ metadata }) =>
      core.readNamespacedPodLog({
        name: metadata?.name ?? "",
        namespace: "vault",
        container: "vault",
        sinceSeconds: Math.ceil((Date.now() - since) / 1_000),
      }),
    ),
  );
  return outputs.flatMap(auditedRequests);
}
