import type { Difference } from "../../frame/diff.ts";
import { diffInputs } from "../../frame/diff.ts";
import { PartialFailure } from "../../frame/failures.ts";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  CreatedResource,
  DeleteRequest,
  DiffRequest,
  ReadRequest,
  ReadResource,
  ResourceHandler,
  UpdateRequest,
} from "../../frame/provider.ts";
import type { Properties } from "../../frame/values.ts";
import { textAt, withValueAt } from "../api/fields.ts";
import type { KubernetesObject } from "../api/kubernetes-object.ts";
import type { ObjectReference } from "../api/objects.ts";
import { isReachable, requireCluster } from "../cluster.ts";
import { NotReadyError, waitUntilReady } from "../readiness/waiting.ts";
import type { Session } from "../session.ts";
import { isGivenUp, isLeftAsItWas } from "../unreachable.ts";
import { checkObject } from "./check.ts";
import { createObject, previewCreation } from "./creation.ts";
import { deleteObject } from "./deletion.ts";
import { fieldManagerOf, idOf, outputsOf, referenceOf } from "./identity.ts";
import { liveInputs } from "./live-inputs.ts";
import { isAutonamed } from "./name.ts";
import { explainRefusal } from "./refusal.ts";
import { fieldsThatReplace } from "./replacement.ts";
import { previewUpdate, updateObject } from "./update.ts";

/** Manages the objects of one kind. */
export class ObjectHandler implements ResourceHandler {
  readonly #kind: Pick<ObjectReference, "apiVersion" | "kind">;
  readonly #session: Session;

  constructor(kind: Pick<ObjectReference, "apiVersion" | "kind">, session: Session) {
    this.#kind = kind;
    this.#session = session;
  }

  check(request: CheckRequest): Promise<CheckResult> {
    return checkObject(request, this.#kind, this.#session);
  }

  async diff(request: DiffRequest): Promise<Difference> {
    const { cluster, settings } = this.#session;
    const { apiVersion, kind } = { ...this.#kind, ...request.newInputs } as KubernetesObject;
    const isNamespaced = isReachable(cluster)
      ? await cluster.discovery.isNamespaced(apiVersion, kind)
      : undefined;
    // When its kind was still unknown, an object may have been given a namespace that it can't have.
    const comparable = (inputs: Properties) =>
      isNamespaced === false ? withValueAt(inputs, ["metadata", "namespace"], undefined) : inputs;
    const [before, after] = [comparable(request.oldInputs), comparable(request.newInputs)];
    const { changes } = diffInputs(before, after, fieldsThatReplace(after, settings));
    const sharesPlace = ["name", "namespace"].every(
      (member) => textAt(before, "metadata", member) === textAt(after, "metadata", member),
    );
    const replaces = [...changes.values()].some((change) => change.replaces);
    return { changes, deleteBeforeReplace: replaces && sharesPlace && !isAutonamed(after) };
  }

  async create(request: CreateRequest): Promise<CreatedResource> {
    if (request.preview) {
      return previewCreation(request, this.#session);
    }
    const { reference, object } = await createObject(request, this.#session);
    return { id: idOf(object), outputs: await this.#settle(request, reference, object, {}) };
  }

  async read(request: ReadRequest): Promise<ReadResource | undefined> {
    if (isLeftAsItWas(this.#session, request)) {
      return { id: request.id, inputs: request.inputs, outputs: request.outputs };
    }
    if (isGivenUp(this.#session, request)) {
      return undefined;
    }
    const reference = referenceOf(request.id, { ...this.#kind, ...request.inputs });
    try {
      const live = await requireCluster(this.#session.cluster).objects.find(reference, request.signal);
      if (live === undefined) {
        return undefined;
      }
      const fieldManager = fieldManagerOf(request.urn, request.inputs, request.outputs);
      return {
        id: request.id,
        inputs: liveInputs(request.inputs, live),
        outputs: outputsOf(live, fieldManager),
      };
    } catch (error) {
      throw explainRefusal(
        error,
        { ...this.#kind, metadata: { name: reference.name, namespace: reference.namespace } },
        "read",
      );
    }
  }

  async update(request: UpdateRequest): Promise<Properties> {
    if (request.preview) {
      return previewUpdate(request, this.#session);
    }
    const { reference, object } = await updateObject(request, this.#session);
    return this.#settle(request, reference, object, request.oldOutputs);
  }

  delete(request: DeleteRequest): Promise<void> {
    return deleteObject(request, this.#session);
  }

  /** Waits until an object that was written is ready, and answers its outputs. */
  async #settle(
    request: CreateRequest | UpdateRequest,
    reference: ObjectReference,
    object: KubernetesObject,
    oldOutputs: Properties,
  ): Promise<Properties> {
    const fieldManager = fieldManagerOf(request.urn, request.inputs, oldOutputs);
    const store = requireCluster(this.#session.cluster).objects;
    try {
      return outputsOf(await waitUntilReady(reference, object, { ...request, store }), fieldManager);
    } catch (error) {
      const isUnready = error instanceof NotReadyError;
      throw new PartialFailure({
        id: idOf(object),
        inputs: request.inputs,
        outputs: outputsOf(isUnready ? error.object : object, fieldManager),
        reasons: isUnready ? error.reasons : [(error as Error).message],
      });
    }
  }
}
