import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { badRequest } from "./answer.ts";
import { parseBody } from "./validation.ts";

/** A page of a list, as every list of the API is answered. */
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly page: number;
  readonly pages: number;
  readonly results: number;
}

const query = z.object({
  page: z.coerce.number().int().min(1, "Must be 1 or more").default(1),
  page_size: z.coerce.number().int().min(25, "Must be 25 to 500").max(500, "Must be 25 to 500").default(100),
});

/**
 * Answers a request for a list: the items that its X-Filter header asks for, in the order that it asks for, one page.
 * @throws ApiError 400 for a page that does not exist, or a filter that is not understood.
 */
export function listing<Item extends object>(request: FastifyRequest, items: readonly Item[]): Page<Item> {
  const { page, page_size: size } = parseBody(query, request.query);
  const found = filtered(request, items);
  const pages = Math.max(1, Math.ceil(found.length / size));
  if (page > pages) {
    throw badRequest(`Must be 1 to ${String(pages)}`, "page");
  }
  return { data: found.slice((page - 1) * size, page * size), page, pages, results: found.length };
}

function filtered<Item extends object>(request: FastifyRequest, items: readonly Item[]): readonly Item[] {
  const header = request.headers["x-filter"];
  if (typeof header !== "string") {
    return items;
  }
  const filter = readFilter(header);
  const { "+order_by": orderBy, "+order": order, ...wanted } = filter;
  const unsupported = Object.keys(wanted).find((key) => key.startsWith("+"));
  if (unsupported !== undefined) {
    throw badRequest(`The emulator filters by equality only, not by ${unsupported}`, "X-Filter");
  }
  const found = items.filter((item) =>
    Object.entries(wanted).every(([key, value]) => member(item, key) === value),
  );
  if (typeof orderBy !== "string") {
    return found;
  }
  const direction = order === "desc" ? -1 : 1;
  return found.toSorted((one, other) => direction * compare(member(one, orderBy), member(other, orderBy)));
}

function readFilter(header: string): Record<string, unknown> {
  let filter: unknown;
  try {
    filter = JSON.parse(header);
  } catch {
    throw badRequest("Must be JSON", "X-Filter");
  }
  if (typeof filter !== "object" || filter === null || Array.isArray(filter)) {
    throw badRequest("Must be a JSON object", "X-Filter");
  }
  return { ...filter };
}

function member(item: object, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, name) => (typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined),
      item,
    );
}

function compare(one: unknown, other: unknown): number {
  if (typeof one === "number" && typeof other === "number") {
    return one - other;
  }
  return String(one).localeCompare(String(other));
}
