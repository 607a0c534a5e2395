import { setTimeout as delay } from "node:timers/promises";
import type { CreateRequest, CreatedResource } from "../../frame/provider.ts";
import { hasUnknown } from "../../frame/values.ts";
import type { Properties } from "../../frame/values.ts";
import { ApiError } from "../api/api-error.ts";
import type { KubernetesObject } from "../api/kubernetes-object.ts";
import type { ObjectReference } from "../api/objects.ts";
import { UnknownKindError } from "../api/objects.ts";
import { isReachable, requireCluster } from "../cluster.ts";
import type { Cluster } from "../cluster.ts";
import type { Session } from "../session.ts";
import { fieldManagerOf, outputsOf } from "./identity.ts";
import { CREATING_MANAGER } from "./managed-fields.ts";
import { previewOf } from "./preview-outputs.ts";
import { explainRefusal } from "./refusal.ts";

/** Milliseconds between attempts to create an object whose kind or namespace may be on its way. */
const PAUSES = [500, 1000, 2000, 4000, 8000];

/** Tries creation out on the server where it can be, and answers the inputs where it can't. */
export async function previewCreation(request: CreateRequest, session: Session): Promise<CreatedResource> {
  const { inputs } = request;
  if (!isReachable(session.cluster) || hasUnknown(inputs)) {
    return { id: "", outputs: previewOf(inputs) };
  }
  const reference = referenceOfInputs(inputs);
  try {
    const live = await send(request, reference, session.cluster, session, true);
    return { id: "", outputs: previewOf(outputsOf(live, fieldManagerOf(request.urn, inputs))) };
  } catch (error) {
    if (isExpectedInPreview(error)) {
      return { id: "", outputs: previewOf(inputs) };
    }
    throw explainRefusal(error, inputs, "created");
  }
}

/** Creates an object, and answers it as it is before anything has become of it. */
export async function createObject(
  request: CreateRequest,
  session: Session,
): Promise<{ readonly reference: ObjectReference; readonly object: KubernetesObject }> {
  const cluster = requireCluster(session.cluster);
  for (let attempt = 0; ; attempt++) {
    try {
      const reference = referenceOfInputs(request.inputs);
      return { reference, object: await send(request, reference, cluster, session, false) };
    } catch (error) {
      const pause = PAUSES[attempt];
      if (pause === undefined || !mayComeLater(error)) {
        throw explainRefusal(error, request.inputs, "created");
      }
      request.report(`waiting: ${(error as Error).message}`);
      await delay(pause, undefined, { signal: request.signal });
    }
  }
}

async function send(
  request: CreateRequest,
  reference: ObjectReference,
  cluster: Cluster,
  session: Session,
  dryRun: boolean,
): Promise<KubernetesObject> {
  const { inputs, signal } = request;
  if (session.settings.upsertExistingObjects) {
    const fieldManager = fieldManagerOf(request.urn, inputs);
    return cluster.objects.apply(reference, inputs, { fieldManager, force: true, dryRun, signal });
  }
  return cluster.objects.create(reference, inputs, { fieldManager: CREATING_MANAGER, dryRun, signal });
}

function referenceOfInputs(inputs: Properties): ObjectReference {
  const { apiVersion, kind, metadata } = inputs as KubernetesObject;
  return { apiVersion, kind, name: metadata.name ?? "", namespace: metadata.namespace };
}

/** Whether the kind or the namespace is missing, which another resource of the same run may bring. */
function mayComeLater(error: unknown): boolean {
  return error instanceof UnknownKindError || (error instanceof ApiError && error.isNotFound);
}

/** Whether creation can't be tried out for a reason that need not hold when it is done. */
function isExpectedInPreview(error: unknown): boolean {
  return (
    mayComeLater(error) ||
    (error instanceof ApiError &&
      ((error.isForbidden && !isQuota(error)) || error.isAlreadyExists || error.isDryRunUnsupported))
  );
}

/** A quota refuses as forbidden too, but it will do so again. */
function isQuota(error: ApiError): boolean {
  return error.message.includes("exceeded quota");
}
