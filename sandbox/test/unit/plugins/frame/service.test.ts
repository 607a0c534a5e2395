import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { status } from "@grpc/grpc-js";
import type { ClientUnaryCall, ServiceError } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type * as protocol from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { diffInputs } from "../../../../plugins/frame/diff.ts";
import { MissingConfiguration, PartialFailure } from "../../../../plugins/frame/failures.ts";
import type { CreateRequest, Provider, ResourceHandler } from "../../../../plugins/frame/provider.ts";
import { UNKNOWN } from "../../../../plugins/frame/values.ts";
import type { Properties } from "../../../../plugins/frame/values.ts";
import { ProviderClient } from "./support/client.ts";

const TEXT_SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SECRET = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "hidden" };

type Json = Parameters<typeof struct.Struct.fromJavaScript>[0];

function wire(value: Record<string, unknown>) {
  return struct.Struct.fromJavaScript(value as Json);
}

/** A provider whose creation does what the test says, and that remembers what it was told. */
class Recorder implements Provider {
  readonly name = "recorder";
  readonly supportsAutonaming = true;
  config: Properties | undefined;
  onCreate: (request: CreateRequest) => ReturnType<ResourceHandler["create"]> = ({ inputs }) => ({
    id: "id",
    outputs: inputs,
  });
  checked: Parameters<ResourceHandler["check"]>[0] | undefined;

  readonly resources = new Map<string, ResourceHandler>([
    [
      "recorder:index:Thing",
      {
        check: (request) => {
          this.checked = request;
          return { inputs: request.newInputs, failures: [{ property: "a", reason: "is odd" }] };
        },
        diff: ({ oldInputs, newInputs }) => ({
          ...diffInputs(oldInputs, newInputs, ["name"]),
          deleteBeforeReplace: true,
        }),
        create: (request) => this.onCreate(request),
        read: ({ id, inputs, outputs }) => (id === "gone" ? undefined : { id, inputs, outputs }),
        update: ({ inputs }) => ({ ...inputs, more: UNKNOWN }),
        delete: () => undefined,
      },
    ],
  ]);

  configure(config: Properties) {
    if (config.region === undefined) {
      throw new MissingConfiguration(new Map([["region", "where things are made"]]));
    }
    this.config = config;
  }

  invoke({ token, args }: { token: string; args: Properties }) {
    return token === "recorder:index:echo" ? args : undefined;
  }
}

describe("a provider served by gRPC", () => {
  let recorder: Recorder;
  let client: ProviderClient;

  before(async () => {
    recorder = new Recorder();
    client = await ProviderClient.serve(recorder, "1.2.3");
  });
  after(() => {
    client.close();
  });

  function createRequest(inputs: Record<string, unknown>): protocol.CreateRequest {
    return new messages.CreateRequest()
      .setUrn("urn:pulumi:dev::p::recorder:index:Thing::thing")
      .setType("recorder:index:Thing")
      .setName("thing")
      .setProperties(wire(inputs));
  }

  it("asks for plain values, so that the engine itself keeps track of secrets", async () => {
    const response = await client.handshake(new messages.ProviderHandshakeRequest());
    assert.deepEqual(response.toObject(), {
      acceptSecrets: false,
      acceptResources: false,
      acceptOutputs: false,
      supportsAutonamingConfiguration: true,
      acceptsByteString: false,
      acceptsOutputsInInvoke: false,
      acceptsOutputsInCall: false,
      acceptsOutputsInCheck: false,
    });
  });

  it("reports the version that it was started as", async () => {
    const info = await client.getPluginInfo();
    assert.equal(info.getVersion(), "1.2.3");
  });

  it("names missing configuration in a detail of the error", async () => {
    const error = await failure(client.configure(new messages.ConfigureRequest().setArgs(wire({}))));
    assert.equal(error.code, status.INVALID_ARGUMENT);
    const detail = messages.ConfigureErrorMissingKeys.deserializeBinary(
      detailOf(error, "pulumirpc.ConfigureErrorMissingKeys"),
    );
    assert.deepEqual(detail.toObject().missingkeysList, [
      { name: "region", description: "where things are made" },
    ]);
  });

  it("configures the provider with secrets in plain text", async () => {
    await client.configure(new messages.ConfigureRequest().setArgs(wire({ region: "here", token: SECRET })));
    assert.deepEqual(recorder.config, { region: "here", token: "hidden" });
  });

  it("accepts every configuration of a provider without rules of its own, and updates on a change", async () => {
    const news = wire({ region: "there", token: TEXT_SENTINEL });
    const checked = await client.checkConfig(new messages.CheckRequest().setNews(news));
    assert.deepEqual(checked.getInputs()?.toJavaScript(), { region: "there", token: TEXT_SENTINEL });
    const request = new messages.DiffRequest().setOldInputs(wire({ region: "here" })).setNews(news);
    const diff = await client.diffConfig(request);
    assert.deepEqual(diff.getReplacesList(), []);
    assert.deepEqual(diff.getDiffsList(), ["region", "token"]);
  });

  it("passes names and seeds to a check, and its failures back", async () => {
    const options = new messages.CheckRequest.AutonamingOptions()
      .setMode(messages.CheckRequest.AutonamingOptions.Mode.ENFORCE)
      .setProposedName("thing-1");
    const request = new messages.CheckRequest()
      .setType("recorder:index:Thing")
      .setName("thing")
      .setNews(wire({ a: SECRET, b: TEXT_SENTINEL }))
      .setRandomseed(Uint8Array.of(1, 2))
      .setAutonaming(options);
    const response = await client.check(request);
    assert.deepEqual(response.toObject().failuresList, [{ property: "a", reason: "is odd" }]);
    assert.deepEqual(response.getInputs()?.toJavaScript(), { a: "hidden", b: TEXT_SENTINEL });
    assert.deepEqual(recorder.checked?.newInputs, { a: "hidden", b: UNKNOWN });
    assert.equal(recorder.checked.oldInputs, undefined);
    assert.deepEqual([...recorder.checked.randomSeed], [1, 2]);
    assert.deepEqual(recorder.checked.autonaming, { mode: "enforce", proposedName: "thing-1" });
  });

  it("answers a difference with kinds, replacements and the order of a replacement", async () => {
    const request = new messages.DiffRequest()
      .setType("recorder:index:Thing")
      .setOldInputs(wire({ name: "a", gone: 1, l: [1] }))
      .setNews(wire({ name: "b", l: [1, 2] }));
    const response = await client.diff(request);
    assert.equal(response.getChanges(), messages.DiffResponse.DiffChanges.DIFF_SOME);
    assert.equal(response.getHasdetaileddiff(), true);
    assert.equal(response.getDeletebeforereplace(), true);
    assert.deepEqual(response.getReplacesList(), ["name"]);
    const kinds = messages.PropertyDiff.Kind;
    assert.deepEqual(
      new Map(response.toObject().detaileddiffMap),
      new Map([
        ["name", { kind: kinds.UPDATE_REPLACE, inputdiff: true }],
        ["gone", { kind: kinds.DELETE, inputdiff: true }],
        ["l[1]", { kind: kinds.ADD, inputdiff: true }],
      ]),
    );
  });

  it("answers no difference as such", async () => {
    const request = new messages.DiffRequest().setType("recorder:index:Thing");
    assert.equal((await client.diff(request)).getChanges(), messages.DiffResponse.DiffChanges.DIFF_NONE);
  });

  it("has unknown outputs and no id in a preview", async () => {
    recorder.onCreate = ({ inputs, preview }) => ({
      id: "early",
      outputs: { ...inputs, preview, ip: UNKNOWN },
    });
    const response = await client.create(createRequest({ a: TEXT_SENTINEL }).setPreview(true));
    assert.equal(response.getId(), "");
    assert.deepEqual(response.getProperties()?.toJavaScript(), {
      a: TEXT_SENTINEL,
      preview: true,
      ip: TEXT_SENTINEL,
    });
    const update = new messages.UpdateRequest().setType("recorder:index:Thing").setPreview(true);
    assert.deepEqual((await client.update(update)).getProperties()?.toJavaScript(), {
      more: TEXT_SENTINEL,
    });
  });

  it("never answers an unknown value outside of a preview", async () => {
    recorder.onCreate = () => ({ id: "id", outputs: { ip: UNKNOWN } });
    const error = await failure(client.create(createRequest({})));
    assert.equal(error.details, "the provider answered an unknown value for property ip outside a preview");
  });

  it("answers an ordinary error as a failure that leaves nothing in doubt", async () => {
    recorder.onCreate = () => {
      throw new Error("the region is full");
    };
    const error = await failure(client.create(createRequest({})));
    assert.deepEqual([error.code, error.details], [status.FAILED_PRECONDITION, "the region is full"]);
  });

  it("answers a partial failure with the state and the reasons", async () => {
    recorder.onCreate = ({ inputs }) => {
      throw new PartialFailure({
        id: "half",
        inputs,
        outputs: { ...inputs, ip: "::1" },
        reasons: ["not ready", "slow"],
      });
    };
    const error = await failure(client.create(createRequest({ a: 1 })));
    const detail = messages.ErrorResourceInitFailed.deserializeBinary(
      detailOf(error, "pulumirpc.ErrorResourceInitFailed"),
    );
    assert.equal(detail.getId(), "half");
    assert.deepEqual(detail.getReasonsList(), ["not ready", "slow"]);
    assert.deepEqual(detail.getInputs()?.toJavaScript(), { a: 1 });
    assert.deepEqual(detail.getProperties()?.toJavaScript(), { a: 1, ip: "::1" });
  });

  it("answers a resource that is gone with an empty id", async () => {
    const request = new messages.ReadRequest().setType("recorder:index:Thing").setInputs(wire({ a: 1 }));
    const gone = await client.read(request.setId("gone"));
    assert.deepEqual([gone.getId(), gone.hasProperties()], ["", false]);
    const there = await client.read(request.setId("there"));
    assert.deepEqual([there.getId(), there.getInputs()?.toJavaScript()], ["there", { a: 1 }]);
  });

  it("tells an operation when the program's time limit has passed, and sets none by default", async () => {
    recorder.onCreate = async ({ signal, timeoutSeconds }) => {
      await once(signal, "abort");
      throw new Error(`limit ${String(timeoutSeconds)}: ${(signal.reason as Error).message}`);
    };
    const error = await failure(client.create(createRequest({}).setTimeout(0.01)));
    assert.equal(error.details, "limit 0.01: not finished within the 0.01 s of customTimeouts");

    recorder.onCreate = ({ timeoutSeconds }) => ({
      id: "id",
      outputs: { limited: timeoutSeconds !== undefined },
    });
    assert.deepEqual((await client.create(createRequest({}))).getProperties()?.toJavaScript(), {
      limited: false,
    });
  });

  it("tells an operation when the engine gives up waiting", async () => {
    const reason = Promise.withResolvers<string>();
    let pending: ClientUnaryCall | undefined;
    recorder.onCreate = async ({ signal }) => {
      pending?.cancel();
      await once(signal, "abort");
      reason.resolve((signal.reason as Error).message);
      return { id: "id", outputs: {} };
    };
    const error = await failure(
      client.create(createRequest({}), (call) => {
        pending = call;
      }),
    );
    assert.equal(error.code, status.CANCELLED);
    assert.equal(await reason.promise, "the engine gave up waiting");
  });

  it("refuses types, functions and procedures that it doesn't have, by name and with a remedy", async () => {
    const remedy = "pulumi plugin install resource recorder 1.2.3";
    for (const [what, request] of [
      [
        "resource type recorder:index:Other",
        client.check(new messages.CheckRequest().setType("recorder:index:Other")),
      ],
      [
        "function recorder:index:other",
        client.invoke(new messages.InvokeRequest().setTok("recorder:index:other")),
      ],
      [
        "component recorder:index:Component",
        client.construct(new messages.ConstructRequest().setType("recorder:index:Component")),
      ],
    ] as const) {
      const error = await failure(request);
      assert.equal(error.code, status.UNIMPLEMENTED);
      assert.equal(
        error.details,
        `the sandbox's own plugin "recorder" does not implement ${what}; install the official plugin in its place, ` +
          `where it can be downloaded: ${remedy}`,
      );
    }
    const schema = await failure(client.getSchema(new messages.GetSchemaRequest()));
    assert.equal(
      schema.details,
      "the sandbox's own plugin does not implement /pulumirpc.ResourceProvider/GetSchema; there is a remedy",
    );
  });

  it("answers functions", async () => {
    const request = new messages.InvokeRequest().setTok("recorder:index:echo").setArgs(wire({ a: SECRET }));
    assert.deepEqual((await client.invoke(request)).getReturn()?.toJavaScript(), { a: "hidden" });
  });

  it("tells operations under way, and those to come, when the user cancels", async () => {
    recorder.onCreate = async ({ signal }) => {
      if (!signal.aborted) {
        await Promise.all([once(signal, "abort"), client.cancel()]);
      }
      throw signal.reason;
    };
    assert.equal((await failure(client.create(createRequest({})))).details, "the update was cancelled");
    assert.equal((await failure(client.create(createRequest({})))).details, "the update was cancelled");
  });
});

async function failure(answer: Promise<unknown>): Promise<ServiceError> {
  try {
    await answer;
  } catch (error) {
    return error as ServiceError;
  }
  throw new Error("the request was expected to fail");
}

function detailOf(error: ServiceError, type: string): Uint8Array {
  const [packed] = error.metadata.get("grpc-status-details-bin");
  const [detail] = statuses.Status.deserializeBinary(packed as Buffer).getDetailsList();
  assert.equal(detail?.getTypeName(), type);
  return detail.getValue_asU8();
}
