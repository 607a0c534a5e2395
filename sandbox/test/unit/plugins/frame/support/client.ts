import { promisify } from "node:util";
import { Server, ServerCredentials, credentials } from "@grpc/grpc-js";
import type { ClientUnaryCall, ServiceError } from "@grpc/grpc-js";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as protocol from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { EngineLog } from "../../../../../plugins/frame/engine.ts";
import { complete } from "../../../../../plugins/frame/procedure.ts";
import type { Provider } from "../../../../../plugins/frame/provider.ts";
import { ProviderService } from "../../../../../plugins/frame/service.ts";

type Respond<Response> = (error: ServiceError | null, response: Response) => void;

/** Sends requests to a provider as the engine does, over a real connection. Failures are `ServiceError`s. */
export class ProviderClient {
  readonly #server: Server;
  readonly #client: ResourceProviderClient;

  private constructor(server: Server, client: ResourceProviderClient) {
    this.#server = server;
    this.#client = client;
  }

  /** Serves a provider on a free port of the loopback address. */
  static async serve(provider: Provider, version: string): Promise<ProviderClient> {
    const server = new Server();
    const definition = services.ResourceProviderService;
    const { implementation } = new ProviderService(provider, version, new EngineLog(undefined));
    server.addService(definition, complete(definition, implementation, "there is a remedy"));
    const bind = promisify(server.bindAsync.bind(server));
    const address = `127.0.0.1:${String(await bind("127.0.0.1:0", ServerCredentials.createInsecure()))}`;
    return new ProviderClient(
      server,
      new services.ResourceProviderClient(address, credentials.createInsecure()),
    );
  }

  close(): void {
    this.#client.close();
    this.#server.forceShutdown();
  }

  handshake(request: protocol.ProviderHandshakeRequest) {
    return answer<protocol.ProviderHandshakeResponse>((respond) => this.#client.handshake(request, respond));
  }

  getPluginInfo() {
    return answer<PluginInfo>((respond) => this.#client.getPluginInfo(new empty.Empty(), respond));
  }

  getSchema(request: protocol.GetSchemaRequest) {
    return answer<protocol.GetSchemaResponse>((respond) => this.#client.getSchema(request, respond));
  }

  checkConfig(request: protocol.CheckRequest) {
    return answer<protocol.CheckResponse>((respond) => this.#client.checkConfig(request, respond));
  }

  diffConfig(request: protocol.DiffRequest) {
    return answer<protocol.DiffResponse>((respond) => this.#client.diffConfig(request, respond));
  }

  configure(request: protocol.ConfigureRequest) {
    return answer<protocol.ConfigureResponse>((respond) => this.#client.configure(request, respond));
  }

  check(request: protocol.CheckRequest) {
    return answer<protocol.CheckResponse>((respond) => this.#client.check(request, respond));
  }

  diff(request: protocol.DiffRequest) {
    return answer<protocol.DiffResponse>((respond) => this.#client.diff(request, respond));
  }

  /** @param sent Gets the call, which can be withdrawn. */
  create(request: protocol.CreateRequest, sent: (call: ClientUnaryCall) => void = () => undefined) {
    return answer<protocol.CreateResponse>((respond) => {
      sent(this.#client.create(request, respond));
    });
  }

  read(request: protocol.ReadRequest) {
    return answer<protocol.ReadResponse>((respond) => this.#client.read(request, respond));
  }

  update(request: protocol.UpdateRequest) {
    return answer<protocol.UpdateResponse>((respond) => this.#client.update(request, respond));
  }

  invoke(request: protocol.InvokeRequest) {
    return answer<protocol.InvokeResponse>((respond) => this.#client.invoke(request, respond));
  }

  construct(request: protocol.ConstructRequest) {
    return answer<protocol.ConstructResponse>((respond) => this.#client.construct(request, respond));
  }

  cancel() {
    return answer<Empty>((respond) => this.#client.cancel(new empty.Empty(), respond));
  }
}

function answer<Response>(send: (respond: Respond<Response>) => unknown): Promise<Response> {
  return new Promise((resolve, reject) => {
    send((error, response) => {
      if (error === null) {
        resolve(response);
      } else {
        reject(error);
      }
    });
  });
}
