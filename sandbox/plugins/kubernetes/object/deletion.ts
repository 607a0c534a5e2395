import { setTimeout as delay } from "node:timers/promises";
import type { DeleteRequest } from "../../frame/provider.ts";
import { ApiError } from "../api/api-error.ts";
import { listAt, textAt } from "../api/fields.ts";
import type { KubernetesObject } from "../api/kubernetes-object.ts";
import { describeObject } from "../api/kubernetes-object.ts";
import type { DeletionPropagation, ObjectReference } from "../api/objects.ts";
import { UnknownKindError } from "../api/objects.ts";
import { requireCluster } from "../cluster.ts";
import type { Cluster } from "../cluster.ts";
import { startDeadline } from "../readiness/deadline.ts";
import { isPassing } from "../readiness/patience.ts";
import { DEFAULT_TIMEOUT_SECONDS } from "../readiness/rules.ts";
import type { Session } from "../session.ts";
import { isGivenUp } from "../unreachable.ts";
import { referenceOf } from "./identity.ts";
import { explainRefusal } from "./refusal.ts";

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 2000;

/** The finalizer by which the server itself waits for the objects that an object owns. */
const FOREGROUND = "foregroundDeletion";

const PROPAGATIONS: ReadonlyMap<string | undefined, DeletionPropagation> = new Map([
  ["orphan", "Orphan"],
  ["background", "Background"],
]);

/** Deletes an object and what it owns, and waits until it is gone. One that is gone already is fine. */
export async function deleteObject(request: DeleteRequest, session: Session): Promise<void> {
  if (isGivenUp(session, request)) {
    return;
  }
  const cluster = requireCluster(session.cluster);
  const object = request.outputs as KubernetesObject;
  const reference = referenceOf(request.id, object);
  const annotated = textAt(object, "metadata", "annotations", "pulumi.com/deletionPropagationPolicy");
  const propagation = PROPAGATIONS.get(annotated?.toLowerCase()) ?? "Foreground";
  const { signal, stop } = startDeadline({ ...request, object, defaultSeconds: DEFAULT_TIMEOUT_SECONDS });
  try {
    await cluster.objects.delete(reference, propagation, signal);
    await waitUntilGone(request, reference, cluster, signal);
  } catch (error) {
    if (!(error instanceof UnknownKindError || (error instanceof ApiError && error.isNotFound))) {
      throw explainRefusal(error, object, "deleted");
    }
  } finally {
    stop();
  }
}

async function waitUntilGone(
  request: DeleteRequest,
  reference: ObjectReference,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<void> {
  const uid = textAt(request.outputs, "metadata", "uid");
  let live: KubernetesObject | undefined;
  try {
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
      live = await findPatiently(reference, cluster, signal, live);
      // Another object of the same name is not the one that was deleted.
      if (live === undefined || (uid !== undefined && live.metadata.uid !== uid)) {
        return;
      }
      request.report(`waiting: ${describeHindrances(live)}`);
      await delay(pause, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted || live === undefined) {
      throw error;
    }
    throw new Error(
      `${describeObject(live)} is still being deleted: ${describeHindrances(live)} (${(signal.reason as Error).message})`,
      { cause: error },
    );
  }
}

/** Looks for an object; while the server can't be asked, it counts as it was. */
async function findPatiently(
  reference: ObjectReference,
  cluster: Cluster,
  signal: AbortSignal,
  before: KubernetesObject | undefined,
): Promise<KubernetesObject | undefined> {
  try {
    return await cluster.objects.find(reference, signal);
  } catch (error) {
    if (before === undefined || !isPassing(error)) {
      throw error;
    }
    return before;
  }
}

/** Says what keeps an object from going. */
function describeHindrances(object: KubernetesObject): string {
  const all = object.metadata.finalizers ?? [];
  const finalizers = all.filter((finalizer) => finalizer !== FOREGROUND);
  // A namespace reports by conditions what is left in it.
  const conditions = listAt(object, "status", "conditions")
    .filter(
      (condition) =>
        textAt(condition, "status") === "True" && textAt(object, "status", "phase") === "Terminating",
    )
    .map((condition) => textAt(condition, "message") ?? "");
  const hindrances = [
    ...(all.includes(FOREGROUND) ? ["objects that it owns are not gone yet"] : []),
    ...(finalizers.length === 0
      ? []
      : [
          `finalizers ${finalizers.join(", ")} are not done; the controllers that set them have to be running`,
        ]),
    ...conditions.filter((message) => message !== ""),
  ];
  return hindrances.length === 0 ? "it is not gone yet" : hindrances.join("; ");
}
