import type { UntypedServiceImplementation, handleServerStreamingCall } from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import type * as protocol from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { unary } from "../frame/procedure.ts";
import { statusOf } from "../frame/status.ts";
import type { Children } from "./children.ts";
import { installDependencies, programDependencies } from "./dependencies.ts";
import { runtimeOptions } from "./options.ts";
import { requiredPlugins } from "./packages.ts";
import type { RequiredPlugin } from "./packages.ts";
import { runPlugin } from "./plugin.ts";
import { runProgram } from "./program.ts";

/** Answers the engine's requests about programs for Node. */
export class LanguageService {
  readonly #version: string;
  readonly #engine: string | undefined;
  readonly #children: Children;

  /**
   * @param version Version that the host reports, without a leading `v`.
   * @param engine Address of the engine, which programs log to.
   */
  constructor(version: string, engine: string | undefined, children: Children) {
    this.#version = version;
    this.#engine = engine;
    this.#children = children;
  }

  /** The protocol's procedures that preview, up, refresh, destroy, install and about need. */
  get implementation(): UntypedServiceImplementation {
    return {
      handshake: unary(() => new messages.LanguageHandshakeResponse()),
      getPluginInfo: unary(() => new plugin.PluginInfo().setVersion(this.#version)),
      about: unary(() =>
        new messages.AboutResponse().setExecutable(process.execPath).setVersion(process.version),
      ),
      getRequiredPackages: unary((request: protocol.GetRequiredPackagesRequest) =>
        new messages.GetRequiredPackagesResponse().setPackagesList(
          requiredPlugins(directoryOf(request.getInfo())).map(packageMessage),
        ),
      ),
      getRequiredPlugins: unary((request: protocol.GetRequiredPluginsRequest) =>
        new messages.GetRequiredPluginsResponse().setPluginsList(
          requiredPlugins(directoryOf(request.getInfo())).map(({ name, version, server }) =>
            new plugin.PluginDependency()
              .setKind("resource")
              .setName(name)
              .setVersion(version)
              .setServer(server ?? ""),
          ),
        ),
      ),
      getProgramDependencies: unary((request: protocol.GetProgramDependenciesRequest) => {
        const found = programDependencies(
          directoryOf(request.getInfo()),
          request.getTransitivedependencies(),
        );
        return new messages.GetProgramDependenciesResponse().setDependenciesList(
          found.map(({ name, version }) => new messages.DependencyInfo().setName(name).setVersion(version)),
        );
      }),
      run: unary((request: protocol.RunRequest) => this.#run(request)),
      installDependencies: this.#installDependencies(),
      runPlugin: this.#runPlugin(),
      runtimeOptionsPrompts: unary(() => new messages.RuntimeOptionsResponse()),
      cancel: unary(() => {
        this.#children.interrupt();
        return new empty.Empty();
      }),
    };
  }

  async #run(request: protocol.RunRequest): Promise<protocol.RunResponse> {
    const response = new messages.RunResponse();
    const outcome = await runProgram(request, this.#engine, this.#children);
    switch (outcome.kind) {
      case "done":
        return response;
      case "bail":
        return response.setBail(true);
      case "failed":
        return response.setError(outcome.reason);
    }
  }

  #installDependencies(): handleServerStreamingCall<
    protocol.InstallDependenciesRequest,
    protocol.InstallDependenciesResponse
  > {
    return stream(async (request, send) => {
      const options = runtimeOptions(request.getInfo());
      await installDependencies(request.getDirectory(), options, this.#children, (name, data) => {
        const response = new messages.InstallDependenciesResponse();
        send(name === "stdout" ? response.setStdout(data) : response.setStderr(data));
      });
    });
  }

  #runPlugin(): handleServerStreamingCall<protocol.RunPluginRequest, protocol.RunPluginResponse> {
    return stream(async (request, send, withdrawn) => {
      const output = (name: "stdout" | "stderr", data: Buffer) => {
        const response = new messages.RunPluginResponse();
        send(name === "stdout" ? response.setStdout(data) : response.setStderr(data));
      };
      const { exitCode } = await runPlugin(request, this.#children, output, withdrawn);
      send(new messages.RunPluginResponse().setExitcode(exitCode ?? 1));
    });
  }
}

/** Wraps a function as a procedure that answers in pieces: what it throws becomes the status at the end. */
function stream<Request, Response>(
  handle: (request: Request, send: (response: Response) => void, withdrawn: AbortSignal) => Promise<void>,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    const withdrawn = new AbortController();
    call.on("cancelled", () => {
      withdrawn.abort();
    });
    const send = (response: Response) => {
      call.write(response);
    };
    handle(call.request, send, withdrawn.signal).then(
      () => {
        call.end();
      },
      (error: unknown) => {
        call.emit("error", statusOf(error));
      },
    );
  };
}

function directoryOf(info: protocol.ProgramInfo | undefined): string {
  return info?.getProgramDirectory() ?? process.cwd();
}

function packageMessage({ name, version, server, parameterization }: RequiredPlugin) {
  const message = new plugin.PackageDependency()
    .setKind("resource")
    .setName(name)
    .setVersion(version)
    .setServer(server ?? "");
  return parameterization === undefined
    ? message
    : message.setParameterization(
        new plugin.PackageParameterization()
          .setName(parameterization.name)
          .setVersion(parameterization.version)
          .setValue(parameterization.value),
      );
}
