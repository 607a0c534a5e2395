import type { FastifyInstance } from "fastify";
import { accountRoutes, catalogueRoutes } from "./account-routes.ts";
import { ApiError } from "./answer.ts";
import { domainRoutes } from "./domains.ts";
import type { Emulator } from "./emulator.ts";
import { Faults } from "./faults.ts";
import { firewallRoutes } from "./firewalls.ts";
import type { Infrastructure } from "./infrastructure.ts";
import { clusterRoutes } from "./lke/cluster-routes.ts";
import { poolRoutes } from "./lke/pool-routes.ts";
import { ClusterWorkers, type WorkerPace } from "./lke/worker.ts";
import { createServer } from "./http.ts";
import type { Log } from "./log.ts";
import type { ClusterProvisioner } from "./provisioner.ts";
import { LinodeStore } from "./state.ts";
import { isIssued, tokenRoutes } from "./tokens.ts";

/** How to start the emulator. */
export interface LinodeApiOptions {
  /** Folder that keeps the state over restarts. */
  readonly stateFolder: string;
  /** Port on 127.0.0.1; 0 takes any free one. */
  readonly port: number;
  /** The token that opens the API, besides those that it hands out itself. */
  readonly token: string;
  readonly provisioner: ClusterProvisioner;
  readonly infrastructure: Infrastructure;
  readonly log: Log;
  /** Seconds that clients are asked to wait for a kubeconfig or an endpoint. Defaults to 2. */
  readonly retryAfterSeconds?: number;
  /** Defaults to a look each second, and repetitions after 1 s, 2 s, 4 s ... 60 s. */
  readonly pace?: WorkerPace;
}

/** A running emulator. */
export interface LinodeApi {
  /** What clients use as the API's URL; they add `/v4` or `/v4beta`. */
  readonly url: string;
  /** Stops answering, and resolves when no cluster is being worked on any more; clusters go on running. */
  close(): Promise<void>;
}

const DEFAULT_PACE: WorkerPace = { poll: 1000, firstRetry: 1000, lastRetry: 60_000 };

/**
 * Starts the emulator of Linode's API on this machine, and goes on with every cluster that it knows.
 * @throws Error if the port is taken or the state can't be read.
 */
export async function startLinodeApi(options: LinodeApiOptions): Promise<LinodeApi> {
  const { provisioner, infrastructure, log, pace = DEFAULT_PACE, retryAfterSeconds = 2 } = options;
  const store = new LinodeStore(options.stateFolder);
  const workers = new ClusterWorkers({ store, provisioner, log, pace });
  const emulator: Emulator = { store, provisioner, infrastructure, workers, log, retryAfterSeconds };
  const faults = new Faults();

  const server = createServer(log);
  server.addHook("onRequest", async (request, reply) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (token !== options.token && !isIssued(store.state, token)) {
      throw new ApiError(401, [{ reason: "Invalid Token" }]);
    }
    if (!request.url.startsWith("/faults") && (await faults.meet(request, reply))) {
      return reply;
    }
  });
  faults.routes(server);
  for (const version of ["v4", "v4beta"]) {
    const beta = version === "v4beta";
    await server.register(
      (api, _options, done) => {
        routes(api, emulator, beta);
        done();
      },
      { prefix: `/${version}` },
    );
  }

  const close = async () => {
    faults.close();
    await server.close();
    await workers.stop();
  };
  try {
    return { url: await server.listen({ host: "127.0.0.1", port: options.port }), close };
  } catch (error) {
    await close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The Linode API emulator can't listen on 127.0.0.1:${String(options.port)} (${reason}); ` +
        "stop what uses that port, or choose another one",
      { cause: error },
    );
  }
}

function routes(api: FastifyInstance, emulator: Emulator, beta: boolean): void {
  catalogueRoutes(api, emulator, beta);
  clusterRoutes(api, emulator, beta);
  poolRoutes(api, emulator);
  domainRoutes(api, emulator);
  firewallRoutes(api, emulator);
  tokenRoutes(api, emulator);
  accountRoutes(api, emulator);
}
