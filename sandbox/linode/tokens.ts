import { createHash, randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { notFound, timestamp } from "./answer.ts";
import { type Emulator, pathId } from "./emulator.ts";
import { listing } from "./listing.ts";
import { type LinodeState, takeId } from "./state.ts";
import { parseBody } from "./validation.ts";

/** A personal access token. It opens the API as any other does: scopes are kept, not enforced. */
export interface TokenRecord {
  readonly id: number;
  readonly created: string;
  /** When it ends to be valid; null for never. */
  readonly expiry: string | null;
  readonly scopes: string;
  /** The first characters, which the API goes on showing. */
  readonly shown: string;
  /** SHA-256 of the token in hex; the token itself is nowhere. */
  readonly digest: string;
  label: string;
}

const label = z.string().min(1, "Must be 1 to 100 characters").max(100, "Must be 1 to 100 characters");

const tokenCreation = z.object({
  label: label.default("Linode API Token"),
  scopes: z
    .string()
    .regex(/^(?:\*|[a-z_]+:[a-z_]+(?:[ ,]+[a-z_]+:[a-z_]+)*)$/, "Must be * or scopes such as lke:read_write"),
  expiry: z
    .string()
    .refine((moment) => Date.parse(utc(moment)) > Date.now(), { error: "Must be a moment in the future" })
    .nullish(),
});

/** Personal access tokens: `/profile/tokens`. */
export function tokenRoutes(api: FastifyInstance, { store }: Emulator): void {
  api.get("/profile/tokens", (request) => listing(request, store.state.tokens.map(tokenAnswer)));

  api.post("/profile/tokens", (request) => {
    const body = parseBody(tokenCreation, request.body);
    const token = randomBytes(32).toString("hex");
    const record = store.change((state) => {
      const created: TokenRecord = {
        id: takeId(state),
        created: timestamp(new Date()),
        expiry:
          body.expiry === null || body.expiry === undefined ? null : timestamp(new Date(utc(body.expiry))),
        scopes: body.scopes,
        label: body.label,
        shown: token.slice(0, 16),
        digest: digest(token),
      };
      state.tokens.push(created);
      return created;
    });
    return { ...tokenAnswer(record), token };
  });

  api.get("/profile/tokens/:tokenId", (request) =>
    tokenAnswer(tokenOf(store.state, pathId(request, "tokenId"))),
  );

  api.put("/profile/tokens/:tokenId", (request) => {
    const id = pathId(request, "tokenId");
    tokenOf(store.state, id);
    const body = parseBody(z.object({ label: label.optional() }), request.body);
    return store.change((state) => {
      const token = tokenOf(state, id);
      token.label = body.label ?? token.label;
      return tokenAnswer(token);
    });
  });

  api.delete("/profile/tokens/:tokenId", (request) => {
    const id = pathId(request, "tokenId");
    store.change((state) => {
      tokenOf(state, id);
      state.tokens = state.tokens.filter((token) => token.id !== id);
    });
    return {};
  });
}

/** Whether a token was handed out by the API and is still valid. */
export function isIssued(state: LinodeState, token: string): boolean {
  const wanted = digest(token);
  return state.tokens.some(
    ({ digest: known, expiry }) =>
      known === wanted && (expiry === null || Date.parse(utc(expiry)) > Date.now()),
  );
}

function tokenOf(state: LinodeState, id: number): TokenRecord {
  const token = state.tokens.find((candidate) => candidate.id === id);
  if (token === undefined) {
    throw notFound();
  }
  return token;
}

function tokenAnswer({ id, label: name, scopes, created, expiry, shown }: TokenRecord) {
  return { id, label: name, scopes, created, expiry, token: shown };
}

function digest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The API writes moments in UTC without a zone, and takes them with or without one. */
function utc(moment: string): string {
  return /(?:Z|[+-]\d\d:?\d\d)$/.test(moment) ? moment : `${moment}Z`;
}
