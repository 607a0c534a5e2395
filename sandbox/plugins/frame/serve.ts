import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import { EngineLog } from "./engine.ts";
import { listen } from "./listen.ts";
import type { Provider } from "./provider.ts";
import { complete } from "./procedure.ts";
import { ProviderService } from "./service.ts";

/**
 * Runs this process as a resource plugin. The launcher passes the plugin's version as the first argument; the engine
 * appends its own address as the last one.
 */
export async function serve(provider: Provider): Promise<void> {
  const [version, ...engineArguments] = process.argv.slice(2);
  if (version === undefined) {
    throw new Error(
      `usage: pulumi-resource-${provider.name} VERSION [ENGINE_ADDRESS], as its launcher starts it`,
    );
  }
  const service = new ProviderService(provider, version, new EngineLog(engineArguments.at(-1)));
  await listen(
    (server) => {
      const { ResourceProviderService } = services;
      server.addService(
        ResourceProviderService,
        complete(
          ResourceProviderService,
          service.implementation,
          "preview, up, refresh and destroy don't need it",
        ),
      );
    },
    () => provider.close?.(),
  );
}
