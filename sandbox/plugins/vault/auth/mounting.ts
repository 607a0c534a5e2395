import { z } from "zod";
import { isProperties } from "../../frame/values.ts";
import type { Properties } from "../../frame/values.ts";
import type { ListField, ObjectField } from "../../schema/field.ts";
import { vaultPath } from "../api/connection.ts";
import { secondsOf } from "../endpoint.ts";
import { remount } from "../remount.ts";
import type { Operation } from "../resource.ts";

const NAMES: ListField = { kind: "list", item: { kind: "text" } };

/** How an auth method is tuned; lifetimes are durations such as `1h`. */
export const TUNE: ObjectField = {
  kind: "object",
  computed: true,
  fields: {
    defaultLeaseTtl: { kind: "text" },
    maxLeaseTtl: { kind: "text" },
    listingVisibility: { kind: "text", allowed: ["unauth", "hidden"] },
    tokenType: {
      kind: "text",
      allowed: ["default-service", "default-batch", "service", "batch"],
      computed: true,
    },
    auditNonHmacRequestKeys: NAMES,
    auditNonHmacResponseKeys: NAMES,
    passthroughRequestHeaders: NAMES,
    allowedResponseHeaders: NAMES,
  },
};

const tuneSpec = z.object({
  defaultLeaseTtl: z.string().default("0s"),
  maxLeaseTtl: z.string().default("0s"),
  listingVisibility: z.string().default(""),
  tokenType: z.string().optional(),
  auditNonHmacRequestKeys: z.array(z.string()).default([]),
  auditNonHmacResponseKeys: z.array(z.string()).default([]),
  passthroughRequestHeaders: z.array(z.string()).default([]),
  allowedResponseHeaders: z.array(z.string()).default([]),
});

const spec = z.object({
  type: z.string(),
  description: z.string().default(""),
  local: z.boolean().default(false),
  tune: tuneSpec.prefault({}),
});

const methodAnswer = z.object({
  data: z.object({
    type: z.string(),
    description: z.string(),
    accessor: z.string(),
    local: z.boolean(),
    config: z.object({
      default_lease_ttl: z.number(),
      max_lease_ttl: z.number(),
      listing_visibility: z.string().default(""),
      token_type: z.string(),
      audit_non_hmac_request_keys: z.array(z.string()).default([]),
      audit_non_hmac_response_keys: z.array(z.string()).default([]),
      passthrough_request_headers: z.array(z.string()).default([]),
      allowed_response_headers: z.array(z.string()).default([]),
    }),
  }),
});

function tuning({ tune }: z.output<typeof spec>) {
  return {
    default_lease_ttl: tune.defaultLeaseTtl,
    max_lease_ttl: tune.maxLeaseTtl,
    listing_visibility: tune.listingVisibility,
    token_type: tune.tokenType,
    audit_non_hmac_request_keys: tune.auditNonHmacRequestKeys,
    audit_non_hmac_response_keys: tune.auditNonHmacResponseKeys,
    passthrough_request_headers: tune.passthroughRequestHeaders,
    allowed_response_headers: tune.allowedResponseHeaders,
  };
}

/** Enables an auth method. */
export async function enable({ client, ...waiting }: Operation, path: string, inputs: object): Promise<void> {
  const method = spec.parse(inputs);
  const { type, description, local } = method;
  const body = { type, description, local, config: tuning(method) };
  await client.write(vaultPath("sys/auth", path), body, waiting);
}

/**
 * Reads an auth method. Vault's client library asks at `sys/mounts/auth/`, which needs no sudo, and so needs policies
 * that allow that path.
 */
export async function readMethod({ client, ...waiting }: Operation, path: string, state: Properties) {
  const request = {
    ...waiting,
    method: "GET",
    path: vaultPath("sys/mounts/auth", path),
    answer: methodAnswer,
  } as const;
  const { type, description, accessor, local, config } = (await client.send(request)).data;
  const known = isProperties(state.tune) ? state.tune : {};
  const tune = {
    defaultLeaseTtl: asWritten(config.default_lease_ttl, known.defaultLeaseTtl),
    maxLeaseTtl: asWritten(config.max_lease_ttl, known.maxLeaseTtl),
    listingVisibility: config.listing_visibility,
    tokenType: config.token_type,
    auditNonHmacRequestKeys: config.audit_non_hmac_request_keys,
    auditNonHmacResponseKeys: config.audit_non_hmac_response_keys,
    passthroughRequestHeaders: config.passthrough_request_headers,
    allowedResponseHeaders: config.allowed_response_headers,
  };
  return { type, path, description, accessor, local, tune };
}

/** Moves and tunes an auth method. */
export async function change(
  operation: Operation,
  before: string,
  path: string,
  inputs: object,
): Promise<void> {
  if (path !== before) {
    await remount(operation, `auth/${before}`, `auth/${path}`);
  }
  const { client, ...waiting } = operation;
  const method = spec.parse(inputs);
  const body = { ...tuning(method), description: method.description };
  await client.write(`${vaultPath("sys/mounts/auth", path)}/tune`, body, waiting);
}

/** Disables an auth method, and so every token that it gave out. */
export async function disable({ client, ...waiting }: Operation, path: string): Promise<void> {
  await client.remove(vaultPath("sys/auth", path), waiting);
}

/**
 * One length of time can be written in many ways: the program's is kept as long as it says the same. Zero is Vault's
 * answer for what was never set.
 */
function asWritten(seconds: number, written: unknown): string {
  if (typeof written === "string" && secondsOf(written) === seconds) {
    return written;
  }
  return seconds === 0 ? "" : `${String(seconds)}s`;
}
