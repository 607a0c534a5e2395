import type { UpdateRequest } from "../../frame/provider.ts";
import { hasUnknown } from "../../frame/values.ts";
import type { Properties } from "../../frame/values.ts";
import { ApiError } from "../api/api-error.ts";
import { textAt, withValueAt } from "../api/fields.ts";
import type { KubernetesObject } from "../api/kubernetes-object.ts";
import type { ObjectReference } from "../api/objects.ts";
import { UnknownKindError } from "../api/objects.ts";
import { isReachable, requireCluster } from "../cluster.ts";
import type { Cluster } from "../cluster.ts";
import type { Session } from "../session.ts";
import { fieldManagerOf, outputsOf, referenceOf } from "./identity.ts";
import { withoutIgnored } from "./ignored-fields.ts";
import { hasPredecessor, takeOver } from "./managed-fields.ts";
import { previewOf } from "./preview-outputs.ts";
import { explainRefusal } from "./refusal.ts";

/** How often a change is made again that another one of the same moment got in the way of. */
const CONFLICT_LIMIT = 5;

/** Tries an update out on the server where it can be, and answers the inputs where it can't. */
export async function previewUpdate(request: UpdateRequest, session: Session): Promise<Properties> {
  const { inputs } = request;
  if (!isReachable(session.cluster) || hasUnknown(inputs)) {
    return previewOf(inputs);
  }
  const cluster = session.cluster;
  const reference = referenceOf(request.id, inputs as KubernetesObject);
  try {
    const live = await cluster.objects.find(reference, request.signal);
    const updated = await write(request, reference, live, cluster, session, true);
    return previewOf(outputsOf(updated, fieldManagerOf(request.urn, inputs, request.oldOutputs)));
  } catch (error) {
    const isExpected =
      error instanceof UnknownKindError ||
      (error instanceof ApiError && (error.isForbidden || error.isDryRunUnsupported || error.isNotFound));
    if (isExpected) {
      return previewOf(inputs);
    }
    throw explainRefusal(error, inputs, "updated");
  }
}

/** Updates an object in place, and answers it as it is before anything has become of it. */
export async function updateObject(
  request: UpdateRequest,
  session: Session,
): Promise<{ readonly reference: ObjectReference; readonly object: KubernetesObject }> {
  const cluster = requireCluster(session.cluster);
  const { inputs } = request;
  const reference = referenceOf(request.id, inputs as KubernetesObject);
  try {
    const live = await cluster.objects.find(reference, request.signal);
    if (live === undefined) {
      throw new Error(
        `${reference.kind} ${request.id} can't be updated: it is not in the cluster any more; ` +
          "run pulumi refresh to let the stack know, and then pulumi up to create it anew",
      );
    }
    const owned = await takeFieldsOver(request, reference, live, cluster);
    return { reference, object: await write(request, reference, owned, cluster, session, false) };
  } catch (error) {
    throw explainRefusal(error, inputs, "updated");
  }
}

/** Makes the fields that creation and other tools wrote the applying manager's. */
async function takeFieldsOver(
  request: UpdateRequest,
  reference: ObjectReference,
  object: KubernetesObject,
  cluster: Cluster,
): Promise<KubernetesObject> {
  const fieldManager = fieldManagerOf(request.urn, request.inputs, request.oldOutputs);
  let live = object;
  for (let attempt = 1; ; attempt++) {
    const managedFields = takeOver(live, fieldManager);
    if (managedFields === undefined) {
      return live;
    }
    const operations = [
      { op: "replace", path: "/metadata/managedFields", value: managedFields },
      { op: "replace", path: "/metadata/resourceVersion", value: live.metadata.resourceVersion ?? "" },
    ];
    try {
      return await cluster.objects.edit(reference, operations, { fieldManager, signal: request.signal });
    } catch (error) {
      if (!(error instanceof ApiError && error.isConflict) || attempt >= CONFLICT_LIMIT) {
        throw error;
      }
      live = await cluster.objects.read(reference, request.signal);
    }
  }
}

async function write(
  request: UpdateRequest,
  reference: ObjectReference,
  live: KubernetesObject | undefined,
  cluster: Cluster,
  session: Session,
  dryRun: boolean,
): Promise<KubernetesObject> {
  const { inputs, signal } = request;
  const fieldManager = fieldManagerOf(request.urn, inputs, request.oldOutputs);
  if (reference.kind === "CustomResourceDefinition" && live !== undefined) {
    const { resourceVersion } = live.metadata;
    const replacement = withValueAt(inputs, ["metadata", "resourceVersion"], resourceVersion);
    return cluster.objects.replace(reference, replacement, { fieldManager, dryRun, signal });
  }
  const force =
    session.settings.enablePatchForce ||
    textAt(inputs, "metadata", "annotations", "pulumi.com/patchForce") === "true" ||
    live?.metadata.managedFields === undefined ||
    // A preview can't take the fields over that the update will own by then.
    (dryRun && hasPredecessor(live));
  const desired =
    live === undefined ? inputs : withoutIgnored(inputs, request.ignoreChanges, live, fieldManager);
  return cluster.objects.apply(reference, desired, { fieldManager, force, dryRun, signal });
}
