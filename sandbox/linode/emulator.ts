import type { FastifyRequest } from "fastify";
import { notFound } from "./answer.ts";
import type { Infrastructure } from "./infrastructure.ts";
import type { ClusterWorkers } from "./lke/worker.ts";
import type { Log } from "./log.ts";
import type { ClusterProvisioner } from "./provisioner.ts";
import type { LinodeStore } from "./state.ts";

/** What the routes work with. */
export interface Emulator {
  readonly store: LinodeStore;
  readonly provisioner: ClusterProvisioner;
  readonly infrastructure: Infrastructure;
  readonly workers: ClusterWorkers;
  readonly log: Log;
  /** Seconds that a client is asked to wait for what will be there later. */
  readonly retryAfterSeconds: number;
}

/**
 * Reads an id from the path of a request.
 * @throws ApiError 404 if it is none.
 */
export function pathId(request: FastifyRequest, name: string): number {
  const id = Number(pathText(request, name));
  if (!Number.isSafeInteger(id)) {
    throw notFound();
  }
  return id;
}

/** Reads a word from the path of a request. */
export function pathText(request: FastifyRequest, name: string): string {
  const value = (request.params as Readonly<Record<string, string>>)[name];
  if (value === undefined) {
    throw new Error(`The route ${request.routeOptions.url ?? ""} has no parameter ${name}`);
  }
  return value;
}
