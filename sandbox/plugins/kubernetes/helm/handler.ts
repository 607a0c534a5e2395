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
import { requireCluster } from "../cluster.ts";
import type { Session } from "../session.ts";
import { isGivenUp, isLeftAsItWas } from "../unreachable.ts";
import { checkRelease } from "./inputs.ts";
import { Installation, ReleaseError } from "./installation.ts";
import { releaseOutputs } from "./release.ts";
import type { Release } from "./release.ts";

/** Manages Helm releases by the helm binary. Previews never ask the cluster: what a chart would change is not known. */
export class ReleaseHandler implements ResourceHandler {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  check(request: CheckRequest): Promise<CheckResult> {
    return checkRelease(request, this.#session);
  }

  diff(request: DiffRequest): Difference {
    return diffInputs(request.oldInputs, request.newInputs, ["name", "namespace"]);
  }

  async create(request: CreateRequest): Promise<CreatedResource> {
    if (request.preview) {
      return { id: "", outputs: request.inputs };
    }
    const installation = new Installation(this.#session, request.inputs, request);
    request.report("installing the chart");
    try {
      const release = await installation.install();
      return { id: idOf(release), outputs: await this.#outputsOf(request.inputs, release) };
    } catch (error) {
      throw await this.#keepRelease(error, request.inputs);
    }
  }

  async read(request: ReadRequest): Promise<ReadResource | undefined> {
    if (isLeftAsItWas(this.#session, request)) {
      return { id: request.id, inputs: request.inputs, outputs: request.outputs };
    }
    if (isGivenUp(this.#session, request)) {
      return undefined;
    }
    const [namespace = "", name = ""] = request.id.split("/");
    const release = await new Installation(this.#session, { name, namespace }, request).read();
    if (release === undefined) {
      return undefined;
    }
    const isImport = Object.keys(request.inputs).length === 0;
    const inputs = {
      ...(isImport ? { name, namespace, chart: release.chart.name } : request.inputs),
      version: release.chart.version,
      values: release.config,
    };
    return { id: request.id, inputs, outputs: await this.#outputsOf(inputs, release) };
  }

  async update(request: UpdateRequest): Promise<Properties> {
    if (request.preview) {
      return request.inputs;
    }
    const installation = new Installation(this.#session, request.inputs, request);
    request.report("upgrading the release");
    try {
      return await this.#outputsOf(request.inputs, await installation.upgrade());
    } catch (error) {
      // What `atomic` has rolled back is as the stack remembers it.
      throw request.inputs.atomic === true ? error : await this.#keepRelease(error, request.inputs);
    }
  }

  async delete(request: DeleteRequest): Promise<void> {
    if (isGivenUp(this.#session, request)) {
      return;
    }
    const [namespace = "", name = ""] = request.id.split("/");
    await new Installation(this.#session, { ...request.inputs, name, namespace }, request).uninstall();
  }

  #outputsOf(inputs: Properties, release: Release): Promise<Properties> {
    return releaseOutputs(inputs, release, requireCluster(this.#session.cluster).discovery);
  }

  /** Makes a failure that left a release one that keeps it in the stack, so that the next run goes on from there. */
  async #keepRelease(error: unknown, inputs: Properties): Promise<unknown> {
    if (!(error instanceof ReleaseError) || error.release === undefined) {
      return error;
    }
    return new PartialFailure({
      id: idOf(error.release),
      inputs,
      outputs: await this.#outputsOf(inputs, error.release),
      reasons: error.reasons,
    });
  }
}

function idOf(release: Release): string {
  return `${release.namespace}/${release.name}`;
}
