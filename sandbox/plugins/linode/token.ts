import { z } from "zod";
import { ANYTHING } from "./client.ts";
import type { Kind } from "./resource.ts";

const tokenAnswer = z.object({
  id: z.number(),
  label: z.string(),
  scopes: z.string(),
  created: z.string(),
  expiry: z.string().nullable(),
  token: z.string(),
});

const tokenState = z.object({ token: z.string().default(""), expiry: z.string().default("") });

/** `linode:index/token:Token` */
export const TOKEN: Kind = {
  title: "personal access token",
  fields: {
    scopes: { kind: "text", required: true },
    label: { kind: "text", computed: true },
    expiry: { kind: "text", computed: true },
    created: { kind: "output" },
    token: { kind: "output" },
  },
  replaceOn: ["scopes", "expiry"],
  timeouts: { create: 20, update: 20, delete: 20 },

  checkTogether: ({ expiry }) =>
    typeof expiry === "string" && Number.isNaN(Date.parse(expiry))
      ? [
          {
            property: "expiry",
            reason: `must be a moment such as 2030-01-02T03:04:05Z, but is ${JSON.stringify(expiry)}`,
          },
        ]
      : [],

  async create({ client, ...waiting }, inputs) {
    const { scopes, label, expiry } = inputs;
    const request = {
      method: "POST",
      path: "/profile/tokens",
      body: { scopes, label, expiry },
      answer: tokenAnswer,
    } as const;
    const { id, token } = await client.send({ ...waiting, ...request });
    return { id: String(id), outputs: { token } };
  },

  /** The API tells the token at its creation only, and the end of its life in a form of its own. */
  async read({ client, ...waiting }, id, state) {
    const known = tokenState.parse(state);
    const request = { method: "GET", path: `/profile/tokens/${id}`, answer: tokenAnswer } as const;
    const { label, scopes, created, expiry } = await client.send({ ...waiting, ...request });
    const end = expiry === null ? "" : `${expiry}Z`;
    return {
      label,
      scopes,
      created: `${created}Z`,
      expiry: Date.parse(known.expiry) === Date.parse(end) ? known.expiry : end,
      token: known.token,
    };
  },

  async update({ client, ...waiting }, id, _state, { label }) {
    const request = {
      method: "PUT",
      path: `/profile/tokens/${id}`,
      body: { label },
      answer: tokenAnswer,
    } as const;
    await client.send({ ...waiting, ...request });
  },

  async delete({ client, ...waiting }, id) {
    await client.send({ ...waiting, method: "DELETE", path: `/profile/tokens/${id}`, answer: ANYTHING });
  },
};
