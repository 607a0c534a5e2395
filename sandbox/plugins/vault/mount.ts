import { z } from "zod";
import type { Properties } from "../frame/values.ts";
import { lastingState } from "../schema/state.ts";
import type { Fields, ListField } from "../schema/field.ts";
import { vaultPath } from "./api/connection.ts";
import { remount } from "./remount.ts";
import { ENTERPRISE, TIMEOUTS } from "./resource.ts";
import type { Kind } from "./resource.ts";

const NAMES: ListField = { kind: "list", item: { kind: "text" } };

const spec = z.object({
  path: z.string(),
  type: z.string(),
  description: z.string().default(""),
  options: z.record(z.string(), z.string()).default({}),
  local: z.boolean().default(false),
  sealWrap: z.boolean().default(false),
  defaultLeaseTtlSeconds: z.number().default(0),
  maxLeaseTtlSeconds: z.number().default(0),
  listingVisibility: z.string().default(""),
  auditNonHmacRequestKeys: z.array(z.string()).default([]),
  auditNonHmacResponseKeys: z.array(z.string()).default([]),
  passthroughRequestHeaders: z.array(z.string()).default([]),
  allowedResponseHeaders: z.array(z.string()).default([]),
});

const mounted = z.object({
  data: z.object({
    type: z.string(),
    description: z.string(),
    accessor: z.string(),
    local: z.boolean(),
    seal_wrap: z.boolean(),
    options: z.record(z.string(), z.string()).nullish(),
    config: z.object({
      default_lease_ttl: z.number(),
      max_lease_ttl: z.number(),
      listing_visibility: z.string().default(""),
      audit_non_hmac_request_keys: z.array(z.string()).default([]),
      audit_non_hmac_response_keys: z.array(z.string()).default([]),
      passthrough_request_headers: z.array(z.string()).default([]),
      allowed_response_headers: z.array(z.string()).default([]),
    }),
  }),
});

const known = z.object({
  path: z.string().optional(),
  type: z.string().optional(),
  options: z.record(z.string(), z.string()).default({}),
});

/** What can be changed on an existing mount; lifetimes are text, where zero means the system's. */
function tuning(inputs: Properties) {
  const mount = spec.parse(inputs);
  return {
    default_lease_ttl: `${String(mount.defaultLeaseTtlSeconds)}s`,
    max_lease_ttl: `${String(mount.maxLeaseTtlSeconds)}s`,
    listing_visibility: mount.listingVisibility,
    audit_non_hmac_request_keys: mount.auditNonHmacRequestKeys,
    audit_non_hmac_response_keys: mount.auditNonHmacResponseKeys,
    passthrough_request_headers: mount.passthroughRequestHeaders,
    allowed_response_headers: mount.allowedResponseHeaders,
  };
}

const FIELDS: Fields = {
  path: { kind: "text", required: true },
  type: { kind: "text", required: true },
  description: { kind: "text" },
  options: { kind: "map" },
  local: { kind: "boolean" },
  sealWrap: { kind: "boolean", computed: true },
  defaultLeaseTtlSeconds: { kind: "whole number", minimum: 0, computed: true },
  maxLeaseTtlSeconds: { kind: "whole number", minimum: 0, computed: true },
  listingVisibility: { kind: "text" },
  auditNonHmacRequestKeys: { ...NAMES, computed: true },
  auditNonHmacResponseKeys: { ...NAMES, computed: true },
  passthroughRequestHeaders: NAMES,
  allowedResponseHeaders: NAMES,
  accessor: { kind: "output" },
  allowedManagedKeys: ENTERPRISE,
  delegatedAuthAccessors: ENTERPRISE,
  externalEntropyAccess: ENTERPRISE,
  forceNoCache: { kind: "refused", reason: "can't be read back from Vault" },
  identityTokenKey: ENTERPRISE,
  namespace: ENTERPRISE,
  pluginVersion: { kind: "refused", reason: "is for external plugins" },
};

/** `vault:index/mount:Mount` */
export const MOUNT: Kind = {
  title: "mount",
  fields: FIELDS,
  replaceOn: ["type", "local", "sealWrap"],
  timeouts: TIMEOUTS,

  async create({ client, ...waiting }, inputs) {
    const { path, type, description, options, local, sealWrap } = spec.parse(inputs);
    const body = { type, description, options, local, seal_wrap: sealWrap, config: tuning(inputs) };
    await client.write(vaultPath("sys/mounts", path), body, waiting);
    return { id: path, outputs: {} };
  },

  /** The id stays what the path was first; the state has the path that a move led to. */
  async read({ client, ...waiting }, id, state) {
    const { path = id, type: wantedType, options: wantedOptions } = known.parse(state);
    const request = {
      ...waiting,
      method: "GET",
      path: vaultPath("sys/mounts", path),
      answer: mounted,
    } as const;
    const {
      type,
      description,
      accessor,
      local,
      seal_wrap: sealWrap,
      options,
      config,
    } = (await client.send(request)).data;
    const { version, ...otherOptions } = options ?? {};
    // Vault answers the type kv-v2 as what it is short for.
    const isShort = wantedType === "kv-v2" && type === "kv" && version === "2";
    return {
      path,
      type: isShort ? wantedType : type,
      description,
      accessor,
      local,
      sealWrap,
      options: isShort && wantedOptions.version === undefined ? otherOptions : (options ?? {}),
      defaultLeaseTtlSeconds: config.default_lease_ttl,
      maxLeaseTtlSeconds: config.max_lease_ttl,
      listingVisibility: config.listing_visibility,
      auditNonHmacRequestKeys: config.audit_non_hmac_request_keys,
      auditNonHmacResponseKeys: config.audit_non_hmac_response_keys,
      passthroughRequestHeaders: config.passthrough_request_headers,
      allowedResponseHeaders: config.allowed_response_headers,
    };
  },

  async update(operation, id, state, inputs) {
    const { path: before = id } = known.parse(state);
    const { path, description, options } = spec.parse(inputs);
    if (path !== before) {
      await remount(operation, before, path);
    }
    const { client, ...waiting } = operation;
    await client.write(
      `${vaultPath("sys/mounts", path)}/tune`,
      { ...tuning({ ...lastingState(FIELDS, state), ...inputs }), description, options },
      waiting,
    );
  },

  async delete({ client, ...waiting }, id, state) {
    const { path = id } = known.parse(state);
    await client.remove(vaultPath("sys/mounts", path), waiting);
  },
};
