import type { Properties } from "../../frame/values.ts";
import { textAt } from "../api/fields.ts";
import { describeObject } from "../api/kubernetes-object.ts";
import type { KubernetesObject } from "../api/kubernetes-object.ts";
import type { Cluster } from "../cluster.ts";
import { explain } from "../readiness/explanation.ts";
import { ruleFor } from "../readiness/rules.ts";
import type { Release } from "./release.ts";
import { parseManifest } from "./release.ts";

/** Seconds that finding out the reasons may take. */
const LIMIT_SECONDS = 20;

/**
 * Says which objects of a release are not ready and why: helm itself only says that time is up. Empty if all are ready
 * or nothing can be found out.
 */
export async function explainRelease(release: Release, cluster: Cluster): Promise<readonly string[]> {
  const signal = AbortSignal.timeout(LIMIT_SECONDS * 1000);
  const objects = (await Promise.all([release.manifest, ...release.hooks].map(parseManifest))).flat();
  const reasons = await Promise.all(
    // Nothing that goes wrong here may hide what helm said.
    objects.map((object) => explainObject(object, release, cluster, signal).catch(() => [])),
  );
  return reasons.flat();
}

async function explainObject(
  object: Properties,
  release: Release,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { apiVersion, kind, metadata } = object as KubernetesObject;
  const { name = "" } = metadata;
  const namespace = textAt(object, "metadata", "namespace") ?? release.namespace;
  const rule = ruleFor(object as KubernetesObject);
  const live = rule && (await cluster.objects.find({ apiVersion, kind, name, namespace }, signal));
  if (rule === undefined || live === undefined) {
    return [];
  }
  const verdict = await rule.assess(live, cluster.objects, signal);
  return verdict.state === "ready"
    ? []
    : [
        `${describeObject(live)} is not ready: ${verdict.reason}`,
        ...(await explain(live, cluster.objects, signal)),
      ];
}
