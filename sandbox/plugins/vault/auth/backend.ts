import { z } from "zod";
import { ENTERPRISE, TIMEOUTS } from "../resource.ts";
import type { Kind } from "../resource.ts";
import { change, disable, enable, readMethod, TUNE } from "./mounting.ts";

const spec = z.object({ type: z.string(), path: z.string().optional() });

const known = z.object({ path: z.string().optional() });

/** `vault:index/authBackend:AuthBackend` */
export const AUTH_BACKEND: Kind = {
  title: "auth method",
  fields: {
    type: { kind: "text", required: true },
    path: { kind: "text", computed: true },
    description: { kind: "text" },
    local: { kind: "boolean" },
    tune: TUNE,
    accessor: { kind: "output" },
    disableRemount: { kind: "refused", reason: "turns moves into replacements" },
    identityTokenKey: ENTERPRISE,
    namespace: ENTERPRISE,
  },
  replaceOn: ["type", "local"],
  timeouts: TIMEOUTS,

  async create(operation, inputs) {
    const { type, path = type } = spec.parse(inputs);
    await enable(operation, path, inputs);
    return { id: path, outputs: { path } };
  },

  async read(operation, id, state) {
    const { path = id } = known.parse(state);
    return readMethod(operation, path, state);
  },

  async update(operation, id, state, inputs) {
    const { path: before = id } = known.parse(state);
    const { path = before } = spec.parse(inputs);
    await change(operation, before, path, inputs);
  },

  async delete(operation, id, state) {
    const { path = id } = known.parse(state);
    await disable(operation, path);
  },
};
