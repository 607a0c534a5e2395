import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { notFound, statusProblems } from "./answer.ts";
import { pathId } from "./emulator.ts";
import { parseBody } from "./validation.ts";

const pattern = z.string().refine(isPattern, { error: "Must be a regular expression" });

const order = z.object({
  match: z.object({ method: z.string().toUpperCase().optional(), path: pattern }),
  times: z.number().int().min(1, "Must be 1 or more").default(1),
  answer: z.union(
    [
      z.strictObject({
        status: z.number().int().min(400).max(599),
        headers: z.record(z.string(), z.string()).default({}),
        body: z.unknown().optional(),
      }),
      z.strictObject({ delaySeconds: z.number().positive() }),
      z.strictObject({ hang: z.literal(true) }),
    ],
    {
      error: 'Must be {"status": 400 to 599, "headers", "body"}, {"delaySeconds"} or {"hang": true}',
    },
  ),
});

interface Fault extends z.output<typeof order> {
  readonly id: number;
  /** Requests that are still to meet it. */
  left: number;
}

/**
 * Faults to order for testing: they meet the next requests whose method and path (with `/v4`, without query) match. They
 * are kept in memory only. The first one that matches is taken; used up, it disappears.
 */
export class Faults {
  readonly #closing = new AbortController();
  #lastId = 0;
  #faults: Fault[] = [];

  /**
   * Lets a request meet its fault, if there is one.
   * @returns true if the request has been answered, or never will be.
   */
  async meet(request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
    const path = request.url.split("?")[0] ?? "";
    const fault = this.#faults.find(
      ({ match }) => (match.method ?? request.method) === request.method && new RegExp(match.path).test(path),
    );
    if (fault === undefined) {
      return false;
    }
    fault.left -= 1;
    this.#faults = this.#faults.filter(({ left }) => left > 0);
    if ("delaySeconds" in fault.answer) {
      await delay(fault.answer.delaySeconds * 1000, undefined, { signal: this.#closing.signal }).catch(
        () => undefined,
      );
      return false;
    }
    if ("hang" in fault.answer) {
      reply.hijack();
      return true;
    }
    const { status, headers, body } = fault.answer;
    await reply
      .code(status)
      .headers(headers)
      .send(body ?? statusProblems(status));
    return true;
  }

  /** Ends delays that are under way. */
  close(): void {
    this.#closing.abort();
  }

  /** `POST /faults` orders one, `GET` lists those still to come, `DELETE` clears all, or `/faults/<id>` one. */
  routes(api: FastifyInstance): void {
    api.post("/faults", (request) => {
      const body = parseBody(order, request.body);
      this.#lastId += 1;
      const fault = { ...body, id: this.#lastId, left: body.times };
      this.#faults.push(fault);
      return fault;
    });
    api.get("/faults", () => ({ faults: this.#faults }));
    api.delete("/faults", () => {
      this.#faults = [];
      return {};
    });
    api.delete("/faults/:id", (request) => {
      const id = pathId(request, "id");
      if (!this.#faults.some((fault) => fault.id === id)) {
        throw notFound();
      }
      this.#faults = this.#faults.filter((fault) => fault.id !== id);
      return {};
    });
  }
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
