import { z } from "zod";
import { VaultFailure } from "./api/failure.ts";
import { vaultPath } from "./api/connection.ts";
import { ENTERPRISE, TIMEOUTS } from "./resource.ts";
import type { Kind } from "./resource.ts";

const spec = z.object({
  type: z.string(),
  path: z.string().optional(),
  description: z.string().default(""),
  local: z.boolean().default(false),
  options: z.record(z.string(), z.string()),
});

const devices = z.object({
  data: z.record(
    z.string(),
    z.object({
      type: z.string(),
      description: z.string(),
      local: z.boolean(),
      options: z.record(z.string(), z.string()).nullish(),
    }),
  ),
});

/** `vault:index/audit:Audit`: a device can't be changed, only replaced. */
export const AUDIT: Kind = {
  title: "audit device",
  fields: {
    type: { kind: "text", required: true },
    path: { kind: "text", computed: true },
    description: { kind: "text" },
    local: { kind: "boolean" },
    options: { kind: "map", required: true },
    namespace: ENTERPRISE,
  },
  replaceOn: ["type", "path", "description", "local", "options"],
  timeouts: TIMEOUTS,

  async create({ client, ...waiting }, inputs) {
    const { type, path = type, description, local, options } = spec.parse(inputs);
    await client.send({
      ...waiting,
      method: "PUT",
      path: vaultPath("sys/audit", path),
      body: { type, description, local, options },
      answer: z.unknown(),
    });
    return { id: path, outputs: {} };
  },

  async read({ client, ...waiting }, id) {
    const { data } = await client.send({ ...waiting, method: "GET", path: "sys/audit", answer: devices });
    const device = data[`${id}/`];
    if (device === undefined) {
      throw new VaultFailure(404, [], `there is no audit device at ${id}`);
    }
    return { ...device, options: device.options ?? {}, path: id };
  },

  update() {
    return Promise.reject(new Error("an audit device can only be replaced"));
  },

  async delete({ client, ...waiting }, id) {
    await client.remove(vaultPath("sys/audit", id), waiting);
  },
};
