import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type * as protocol from "@pulumi/pulumi/proto/provider_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { diffInputs } from "./diff.ts";
import type { EngineLog } from "./engine.ts";
import { Unimplemented } from "./failures.ts";
import { fromStruct, toStruct } from "./marshalling.ts";
import { Operations } from "./operation.ts";
import type { Autonaming, Provider, ResourceHandler, ResourceRequest } from "./provider.ts";
import { unary } from "./procedure.ts";
import { checkResponse, diffResponse } from "./responses.ts";

/** The members that every request about a resource has. */
interface ResourceMessage {
  getUrn(): string;
  getType(): string;
  getName(): string;
}

/** Answers the engine's requests on behalf of a provider. */
export class ProviderService {
  readonly #provider: Provider;
  readonly #version: string;
  readonly #log: EngineLog;
  readonly #operations = new Operations();

  /** @param version Version that the plugin reports, without a leading `v`. */
  constructor(provider: Provider, version: string, log: EngineLog) {
    this.#provider = provider;
    this.#version = version;
    this.#log = log;
  }

  /** The protocol's procedures, as far as the plugins of this package need them. */
  get implementation(): UntypedServiceImplementation {
    return {
      ...this.#lifecycle(),
      ...this.#resources(),
      invoke: unary((request: protocol.InvokeRequest, withdrawn) => this.#invoke(request, withdrawn)),
      call: unary((request: protocol.CallRequest) => this.#refuse(`function ${request.getTok()}`)),
      construct: unary((request: protocol.ConstructRequest) =>
        this.#refuse(`component ${request.getType()}`),
      ),
    };
  }

  #lifecycle() {
    const provider = this.#provider;
    return {
      handshake: unary<protocol.ProviderHandshakeRequest, protocol.ProviderHandshakeResponse>(() =>
        // Without acceptSecrets the engine sends plain values and marks outputs as secret where the inputs were.
        new messages.ProviderHandshakeResponse().setSupportsAutonamingConfiguration(
          provider.supportsAutonaming ?? false,
        ),
      ),
      getPluginInfo: unary<unknown, InstanceType<typeof plugin.PluginInfo>>(() =>
        new plugin.PluginInfo().setVersion(this.#version),
      ),
      checkConfig: unary<protocol.CheckRequest, protocol.CheckResponse>(async (request) => {
        const newConfig = fromStruct(request.getNews());
        const oldConfig = request.hasOlds() ? fromStruct(request.getOlds()) : undefined;
        const result = await provider.checkConfig?.({ urn: request.getUrn(), oldConfig, newConfig });
        return checkResponse(result ?? { inputs: newConfig });
      }),
      diffConfig: unary<protocol.DiffRequest, protocol.DiffResponse>(async (request) => {
        const oldConfig = fromStruct(request.getOldInputs());
        const newConfig = fromStruct(request.getNews());
        const difference = await provider.diffConfig?.({ urn: request.getUrn(), oldConfig, newConfig });
        return diffResponse(difference ?? diffInputs(oldConfig, newConfig));
      }),
      configure: unary<protocol.ConfigureRequest, protocol.ConfigureResponse>(async (request) => {
        await provider.configure(fromStruct(request.getArgs()));
        return new messages.ConfigureResponse().setSupportspreview(true);
      }),
      cancel: unary(() => {
        this.#operations.cancel();
        return new empty.Empty();
      }),
    };
  }

  #resources() {
    return {
      check: unary<protocol.CheckRequest, protocol.CheckResponse>((request, withdrawn) =>
        this.#operate(request, withdrawn, undefined, async (common, handler) =>
          checkResponse(
            await handler.check({
              ...common,
              oldInputs: request.hasOlds() ? fromStruct(request.getOlds()) : undefined,
              newInputs: fromStruct(request.getNews()),
              randomSeed: request.getRandomseed_asU8(),
              autonaming: autonamingOf(request),
            }),
          ),
        ),
      ),
      diff: unary<protocol.DiffRequest, protocol.DiffResponse>((request, withdrawn) =>
        this.#operate(request, withdrawn, undefined, async (common, handler) =>
          diffResponse(
            await handler.diff({
              ...common,
              id: request.getId(),
              oldInputs: fromStruct(request.getOldInputs()),
              oldOutputs: fromStruct(request.getOlds()),
              newInputs: fromStruct(request.getNews()),
              ignoreChanges: request.getIgnorechangesList(),
            }),
          ),
        ),
      ),
      create: unary<protocol.CreateRequest, protocol.CreateResponse>((request, withdrawn) =>
        this.#operate(request, withdrawn, request.getTimeout(), async (common, handler) => {
          const preview = request.getPreview();
          const inputs = fromStruct(request.getProperties());
          const { id, outputs } = await handler.create({ ...common, inputs, preview });
          return new messages.CreateResponse()
            .setId(preview ? "" : id)
            .setProperties(toStruct(outputs, preview));
        }),
      ),
      read: unary<protocol.ReadRequest, protocol.ReadResponse>((request, withdrawn) =>
        this.#operate(request, withdrawn, undefined, async (common, handler) => {
          const inputs = fromStruct(request.getInputs());
          const outputs = fromStruct(request.getProperties());
          const found = await handler.read({ ...common, id: request.getId(), inputs, outputs });
          const response = new messages.ReadResponse();
          return found === undefined
            ? response
            : response
                .setId(found.id)
                .setInputs(toStruct(found.inputs, false))
                .setProperties(toStruct(found.outputs, false));
        }),
      ),
      update: unary<protocol.UpdateRequest, protocol.UpdateResponse>((request, withdrawn) =>
        this.#operate(request, withdrawn, request.getTimeout(), async (common, handler) => {
          const outputs = await handler.update({
            ...common,
            id: request.getId(),
            oldInputs: fromStruct(request.getOldInputs()),
            oldOutputs: fromStruct(request.getOlds()),
            inputs: fromStruct(request.getNews()),
            ignoreChanges: request.getIgnorechangesList(),
            preview: request.getPreview(),
          });
          return new messages.UpdateResponse().setProperties(toStruct(outputs, request.getPreview()));
        }),
      ),
      delete: unary<protocol.DeleteRequest, InstanceType<typeof empty.Empty>>((request, withdrawn) =>
        this.#operate(request, withdrawn, request.getTimeout(), async (common, handler) => {
          const inputs = fromStruct(request.getOldInputs());
          const outputs = fromStruct(request.getProperties());
          await handler.delete({ ...common, id: request.getId(), inputs, outputs });
          return new empty.Empty();
        }),
      ),
    };
  }

  #operate<Response>(
    message: ResourceMessage,
    withdrawn: AbortSignal,
    timeout: number | undefined,
    work: (
      common: ResourceRequest & { timeoutSeconds: number | undefined },
      handler: ResourceHandler,
    ) => Promise<Response>,
  ): Promise<Response> {
    const [urn, type, name] = [message.getUrn(), message.getType(), message.getName()];
    const handler = this.#provider.resources.get(type) ?? this.#refuse(`resource type ${type}`);
    const timeoutSeconds = timeout === 0 ? undefined : timeout;
    return this.#operations.run(withdrawn, timeoutSeconds, (signal) => {
      const report = (status: string) => {
        this.#log.report(urn, status);
      };
      const warn = (text: string) => {
        this.#log.warn(urn, text);
      };
      return work({ urn, type, name, signal, report, warn, timeoutSeconds }, handler);
    });
  }

  #invoke(request: protocol.InvokeRequest, withdrawn: AbortSignal): Promise<protocol.InvokeResponse> {
    const [token, preview] = [request.getTok(), request.getPreview()];
    return this.#operations.run(withdrawn, undefined, async (signal) => {
      const args = fromStruct(request.getArgs());
      const result = await this.#provider.invoke?.({ token, args, preview, signal });
      return new messages.InvokeResponse().setReturn(
        toStruct(result ?? this.#refuse(`function ${token}`), preview),
      );
    });
  }

  /** @throws Unimplemented, always. */
  #refuse(what: string): never {
    const { name } = this.#provider;
    throw new Unimplemented(
      `the sandbox's own plugin "${name}" does not implement ${what}; install the official plugin in its place, ` +
        `where it can be downloaded: pulumi plugin install resource ${name} ${this.#version}`,
    );
  }
}

function autonamingOf(request: protocol.CheckRequest): Autonaming | undefined {
  const options = request.getAutonaming();
  if (options === undefined) {
    return undefined;
  }
  const modes = messages.CheckRequest.AutonamingOptions.Mode;
  const names = {
    [modes.PROPOSE]: "propose",
    [modes.ENFORCE]: "enforce",
    [modes.DISABLE]: "disable",
  } as const;
  return { mode: names[options.getMode()], proposedName: options.getProposedName() };
}
