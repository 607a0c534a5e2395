import { z } from "zod";
import type { Properties } from "../frame/values.ts";
import { ANYTHING } from "./api/client.ts";
import { vaultPath } from "./api/connection.ts";
import { VaultFailure } from "./api/failure.ts";
import { ENTERPRISE, TIMEOUTS } from "./resource.ts";
import type { Kind, Operation } from "./resource.ts";

const spec = z.object({
  roleName: z.string().optional(),
  policies: z.array(z.string()).optional(),
  noParent: z.boolean().optional(),
  noDefaultPolicy: z.boolean().optional(),
  renewable: z.boolean().optional(),
  ttl: z.string().optional(),
  explicitMaxTtl: z.string().optional(),
  period: z.string().optional(),
  displayName: z.string().optional(),
  numUses: z.number().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  wrappingTtl: z.string().optional(),
});

const created = z.object({
  auth: z.object({ client_token: z.string(), accessor: z.string(), orphan: z.boolean() }).nullish(),
  wrap_info: z.object({ token: z.string(), accessor: z.string(), wrapped_accessor: z.string() }).nullish(),
});

const looked = z.object({
  data: z.object({
    policies: z.array(z.string()),
    orphan: z.boolean(),
    renewable: z.boolean().default(false),
    display_name: z.string(),
    num_uses: z.number(),
    issue_time: z.string(),
    expire_time: z.string().nullable(),
  }),
});

/** What Vault does not tell of a token, or only when it makes it. */
const kept = z.object({
  roleName: z.string().optional(),
  noDefaultPolicy: z.boolean().optional(),
  ttl: z.string().optional(),
  explicitMaxTtl: z.string().optional(),
  period: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  wrappingTtl: z.string().optional(),
  renewMinLease: z.number().optional(),
  renewIncrement: z.number().optional(),
  clientToken: z.string().default(""),
  wrappedToken: z.string().default(""),
  wrappingAccessor: z.string().default(""),
});

type Kept = z.output<typeof kept>;

type Looked = z.output<typeof looked>["data"];

/** `vault:index/token:Token`; its id is the accessor, by which it can be seen and revoked, but not used. */
export const TOKEN: Kind = {
  title: "token",
  fields: {
    roleName: { kind: "text" },
    policies: { kind: "set", item: { kind: "text" }, computed: true },
    noParent: { kind: "boolean", computed: true },
    noDefaultPolicy: { kind: "boolean" },
    renewable: { kind: "boolean", computed: true },
    ttl: { kind: "text" },
    explicitMaxTtl: { kind: "text" },
    period: { kind: "text" },
    displayName: { kind: "text", default: "token" },
    numUses: { kind: "whole number", minimum: 0, computed: true },
    metadata: { kind: "map" },
    wrappingTtl: { kind: "text" },
    renewMinLease: { kind: "whole number", minimum: 0 },
    renewIncrement: { kind: "whole number", minimum: 0 },
    clientToken: { kind: "output" },
    leaseDuration: { kind: "output" },
    leaseStarted: { kind: "output" },
    wrappedToken: { kind: "output" },
    wrappingAccessor: { kind: "output" },
    namespace: ENTERPRISE,
  },
  replaceOn: [
    "roleName",
    "policies",
    "noParent",
    "noDefaultPolicy",
    "renewable",
    "ttl",
    "explicitMaxTtl",
    "period",
    "displayName",
    "numUses",
    "metadata",
  ],
  timeouts: TIMEOUTS,

  async create({ client, ...waiting }, inputs) {
    const token = spec.parse(inputs);
    const { auth, wrap_info: wrapped } = await client.send({
      ...waiting,
      method: "POST",
      path: vaultPath("auth/token/create", token.roleName ?? ""),
      body: {
        policies: token.policies,
        no_parent: token.noParent,
        no_default_policy: token.noDefaultPolicy,
        renewable: token.renewable,
        ttl: token.ttl,
        explicit_max_ttl: token.explicitMaxTtl,
        period: token.period,
        display_name: token.displayName,
        num_uses: token.numUses,
        meta: token.metadata,
      },
      ...(token.wrappingTtl === undefined ? {} : { wrapTtl: token.wrappingTtl }),
      answer: created,
    });
    const accessor = auth?.accessor ?? wrapped?.wrapped_accessor;
    if (accessor === undefined) {
      throw new Error("Vault made a token without an accessor (a batch token), which can't be managed");
    }
    // What a wrapping hides may be a child.
    if (auth?.orphan !== true) {
      client.keepForOffspring();
    }
    return {
      id: accessor,
      outputs: {
        clientToken: auth?.client_token ?? "",
        wrappedToken: wrapped?.token ?? "",
        wrappingAccessor: wrapped?.accessor ?? "",
      },
    };
  },

  async read(operation, id, state) {
    const before = kept.parse(state);
    // A Vault that can't be logged in to says nothing about the token, unlike one that does not know it.
    await operation.client.logIn(operation);
    const token = await lookUp(operation, id);
    const renewed = isDue(before, token) && (await renew(operation, before, token));
    return outputsOf(before, renewed ? await lookUp(operation, id) : token);
  },

  /** All that can change in place is when it is renewed, and that is none of Vault's business. */
  update: () => Promise.resolve(),

  async delete({ client, ...waiting }, id) {
    try {
      await client.write("auth/token/revoke-accessor", { accessor: id }, waiting);
    } catch (error) {
      // Vault's answer for an accessor that has expired; in older versions 400 or 403.
      if (!(error instanceof VaultFailure && error.says("invalid accessor"))) {
        throw error;
      }
    }
  },
};

/** As with the official plugin, any error says that the token is gone, so that the next run makes a new one. */
async function lookUp({ client, signal, report }: Operation, accessor: string): Promise<Looked> {
  try {
    const { data } = await client.send({
      signal,
      ...(report === undefined ? {} : { report }),
      method: "POST",
      path: "auth/token/lookup-accessor",
      body: { accessor },
      answer: looked,
    });
    return data;
  } catch (error) {
    signal.throwIfAborted();
    throw new VaultFailure(404, [], `the token can't be looked up: ${String(error)}`);
  }
}

function isDue({ renewMinLease = 0 }: Kept, { renewable, expire_time: end }: Looked): boolean {
  return renewable && end !== null && Date.parse(end) - Date.now() <= renewMinLease * 1000;
}

/** Answers whether it worked: one that can't be renewed any more is replaced once it has expired. */
async function renew({ client, ...waiting }: Operation, before: Kept, token: Looked): Promise<boolean> {
  if (before.clientToken === "") {
    return false;
  }
  const body = { token: before.clientToken, increment: before.renewIncrement ?? leaseOf(token) };
  try {
    await client.send({ ...waiting, method: "PUT", path: "auth/token/renew", body, answer: ANYTHING });
    return true;
  } catch (error) {
    if (error instanceof VaultFailure) {
      return false;
    }
    throw error;
  }
}

function outputsOf(before: Kept, token: Looked): Properties {
  return {
    ...before,
    policies: token.policies.filter((policy) => policy !== "default"),
    noParent: token.orphan,
    renewable: token.renewable,
    displayName: token.display_name.replace(/^token-/, ""),
    numUses: token.num_uses,
    leaseStarted: token.issue_time.replace(/\.\d+/, ""),
    leaseDuration: leaseOf(token),
  };
}

/** Whole seconds from a token's beginning to its end; zero for one without end. */
function leaseOf({ issue_time: start, expire_time: end }: Looked): number {
  return end === null ? 0 : Math.trunc((Date.parse(end) - Date.parse(start)) / 1000);
}
