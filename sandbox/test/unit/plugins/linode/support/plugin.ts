import type { TestContext } from "node:test";
import type { ServiceError } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "../../../../../plugins/frame/values.ts";
import { LinodeProvider } from "../../../../../plugins/linode/provider.ts";
import { LinodeAccount, TOKEN } from "../../../../support/linode/linode-account.ts";
import { ProviderClient } from "../../frame/support/client.ts";

/** How the engine writes a value that it does not know yet. */
export const UNKNOWN_ON_THE_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Plain properties as a test writes and reads them. */
export type Json = Record<string, unknown>;

/** An operation that failed half way, as the engine gets it. */
export interface HalfDone {
  readonly id: string;
  readonly inputs: Json;
  readonly outputs: Json;
  readonly reasons: readonly string[];
}

/** A resource that was created. */
export interface Created {
  readonly id: string;
  readonly outputs: Json;
}

/** The linode plugin, asked over gRPC, in front of an account of its own. */
export class LinodePlugin {
  readonly account: LinodeAccount;
  readonly provider: LinodeProvider;
  readonly client: ProviderClient;

  private constructor(account: LinodeAccount, provider: LinodeProvider, client: ProviderClient) {
    this.account = account;
    this.provider = provider;
    this.client = client;
  }

  /** Starts a plugin that never waits long, and ends with the test. */
  static async open(test: TestContext, config: Json = {}): Promise<LinodePlugin> {
    const account = await LinodeAccount.open(test);
    const provider = new LinodeProvider({ LINODE_TOKEN: TOKEN, LINODE_URL: account.url });
    const client = await ProviderClient.serve(provider, "5.1.1");
    test.after(() => {
      client.close();
    });
    const pace = {
      minRetryDelayMs: "1",
      maxRetryDelayMs: "2",
      eventPollMs: "1",
      lkeEventPollMs: "1",
      lkeNodeReadyPollMs: "1",
    };
    await client.configure(new messages.ConfigureRequest().setArgs(wire({ ...pace, ...config })));
    return new LinodePlugin(account, provider, client);
  }

  async check(type: string, inputs: Json): Promise<readonly { property: string; reason: string }[]> {
    const request = new messages.CheckRequest().setType(type).setNews(wire(inputs));
    return (await this.client.check(request)).toObject().failuresList;
  }

  /** Changed paths with their kinds (`+` added, `-` deleted, `~` changed, `!` by a replacement). */
  async diff(type: string, outputs: Json, inputs: Json): Promise<Record<string, string>> {
    const request = new messages.DiffRequest().setType(type).setOlds(wire(outputs)).setNews(wire(inputs));
    const marks = ["+", "+!", "-", "-!", "~", "~!"];
    const { detaileddiffMap } = (await this.client.diff(request)).toObject();
    return Object.fromEntries(detaileddiffMap.map(([path, { kind }]) => [path, marks[kind] ?? "?"]));
  }

  async create(
    type: string,
    inputs: Json,
    options: { preview?: boolean; timeout?: number } = {},
  ): Promise<Created> {
    const request = new messages.CreateRequest()
      .setType(type)
      .setProperties(wire(inputs))
      .setPreview(options.preview ?? false)
      .setTimeout(options.timeout ?? 0);
    const response = await this.client.create(request);
    return { id: response.getId(), outputs: plain(response.getProperties()) };
  }

  async update(type: string, id: string, outputs: Json, inputs: Json, preview = false): Promise<Json> {
    const request = new messages.UpdateRequest()
      .setType(type)
      .setId(id)
      .setOlds(wire(outputs))
      .setNews(wire(inputs))
      .setPreview(preview);
    return plain((await this.client.update(request)).getProperties());
  }

  /** Reads a resource; without state it is an import. */
  async read(type: string, id: string, state: { inputs: Json; outputs: Json } = { inputs: {}, outputs: {} }) {
    const request = new messages.ReadRequest()
      .setType(type)
      .setId(id)
      .setInputs(wire(state.inputs))
      .setProperties(wire(state.outputs));
    const response = await this.client.read(request);
    return {
      id: response.getId(),
      inputs: plain(response.getInputs()),
      outputs: plain(response.getProperties()),
    };
  }

  async delete(type: string, id: string, outputs: Json): Promise<void> {
    const quiet = () => undefined;
    await this.provider.resources.get(type)?.delete({
      urn: "",
      type,
      name: "",
      id,
      inputs: {},
      outputs: outputs as Properties,
      signal: new AbortController().signal,
      timeoutSeconds: undefined,
      report: quiet,
      warn: quiet,
    });
  }

  async invoke(token: string, args: Json): Promise<Json> {
    const response = await this.client.invoke(new messages.InvokeRequest().setTok(token).setArgs(wire(args)));
    return plain(response.getReturn());
  }

  /** Orders a fault. */
  async order(method: string, path: string, answer: Json, times = 1): Promise<void> {
    await this.account.call("POST", "/faults", { match: { method, path }, times, answer });
  }
}

/** The error of a request that has to fail. */
export async function failure(answer: Promise<unknown>): Promise<ServiceError> {
  try {
    await answer;
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error("the request was expected to fail");
}

/** What an operation that has to fail half way leaves behind. */
export async function halfDone(answer: Promise<unknown>): Promise<HalfDone> {
  const { metadata, details } = await failure(answer);
  const [encoded] = metadata.get("grpc-status-details-bin");
  if (!(encoded instanceof Buffer)) {
    throw new Error(`the failure leaves nothing behind: ${details}`);
  }
  const [detail] = statuses.Status.deserializeBinary(encoded).getDetailsList();
  const failed = messages.ErrorResourceInitFailed.deserializeBinary(
    detail?.getValue_asU8() ?? new Uint8Array(),
  );
  return {
    id: failed.getId(),
    inputs: plain(failed.getInputs()),
    outputs: plain(failed.getProperties()),
    reasons: failed.getReasonsList(),
  };
}

function wire(value: Json): struct.Struct {
  return struct.Struct.fromJavaScript(value as Parameters<typeof struct.Struct.fromJavaScript>[0]);
}

function plain(value: struct.Struct | undefined): Json {
  return value?.toJavaScript() ?? {};
}
