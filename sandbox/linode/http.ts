import fastify, { type FastifyInstance } from "fastify";
import { ApiError, notFound, type Problem, statusProblems } from "./answer.ts";
import type { Log } from "./log.ts";

/** Makes an HTTP server that reads bodies, answers errors and logs requests as the emulator does everywhere. */
export function createServer(log: Log): FastifyInstance {
  const server = fastify({ forceCloseConnections: true });

  // Linode's clients declare a JSON body with requests that have none.
  server.removeContentTypeParser("application/json");
  server.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, body === "" ? undefined : JSON.parse(String(body)));
    } catch {
      done(new ApiError(400, [{ reason: "The body is not JSON" }]));
    }
  });

  // An error with a charset in its content type is "Unexpected Content-Type" to Linode's client library.
  server.addHook("onSend", async (_request, reply) => {
    if (String(reply.getHeader("content-type")).startsWith("application/json")) {
      reply.header("content-type", "application/json");
    }
  });

  // Without the query: what a client writes there by mistake may be a secret.
  server.addHook("onResponse", async (request, reply) => {
    const path = request.url.split("?")[0] ?? "";
    const duration = reply.elapsedTime.toFixed(0);
    log.info(`${request.method} ${path} ${String(reply.statusCode)} ${duration} ms`);
  });

  server.setNotFoundHandler(() => {
    throw notFound();
  });
  server.setErrorHandler((error, request, reply) => {
    if (error instanceof ApiError) {
      return reply.code(error.status).headers(error.headers).send({ errors: error.problems });
    }
    const problem = clientProblem(error);
    if (problem !== undefined) {
      return reply.code(problem.status).send({ errors: [problem.problem] });
    }
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.warn(`${request.method} ${request.routeOptions.url ?? ""} failed: ${reason}`);
    return reply.code(500).send(statusProblems(500));
  });
  return server;
}

/** What the server itself refused, such as a body that is too large. */
function clientProblem(error: unknown): { status: number; problem: Problem } | undefined {
  if (!(error instanceof Error) || !("statusCode" in error) || typeof error.statusCode !== "number") {
    return undefined;
  }
  return error.statusCode < 500
    ? { status: error.statusCode, problem: { reason: error.message } }
    : undefined;
}
