import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { notFound, timestamp } from "./answer.ts";
import { type Emulator, pathId } from "./emulator.ts";
import { listing } from "./listing.ts";
import { type LinodeState, takeId } from "./state.ts";
import { parseBody, tags } from "./validation.ts";

const HOST_NAME = /^(?=.{1,253}$)(?:(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\.)+[A-Za-z]{2,63}$/;

const seconds = z.number().int().min(0, "Must be 0 or more seconds");

const domainFields = z.object({
  soa_email: z.email("Must be an e-mail address").optional(),
  status: z.enum(["active", "disabled"]).optional(),
  description: z.string().max(253).optional(),
  ttl_sec: seconds.optional(),
  retry_sec: seconds.optional(),
  refresh_sec: seconds.optional(),
  expire_sec: seconds.optional(),
  master_ips: z.array(z.union([z.ipv4(), z.ipv6()])).nullish(),
  axfr_ips: z.array(z.union([z.ipv4(), z.ipv6()])).nullish(),
  group: z.string().optional(),
  tags: tags.optional(),
});

function domainName(isTaken: (domain: string) => boolean) {
  return z
    .string()
    .regex(HOST_NAME, "Must be a domain name")
    .refine((domain) => !isTaken(domain), { error: "Domain already exists" });
}

const domainType = z.enum(["master", "slave"], { error: "Must be master or slave" });

const recordFields = z.object({
  name: z.string().optional(),
  target: z.string().min(1, "Must not be empty").optional(),
  ttl_sec: seconds.optional(),
  priority: z.number().int().min(0).max(255).optional(),
  weight: z.number().int().min(0).max(65_535).optional(),
  port: z.number().int().min(0).max(65_535).optional(),
  service: z.string().nullish(),
  protocol: z.string().nullish(),
  tag: z.enum(["issue", "issuewild", "iodef"]).nullish(),
});

const recordCreation = recordFields
  .extend({
    type: z.enum(["A", "AAAA", "NS", "MX", "CNAME", "TXT", "SRV", "PTR", "CAA"], {
      error: "Must be A, AAAA, NS, MX, CNAME, TXT, SRV, PTR or CAA",
    }),
    target: z.string().min(1, "Must not be empty"),
  })
  .superRefine(({ type, target }, context) => {
    const address = { A: z.ipv4(), AAAA: z.ipv6() }[type as string];
    if (address?.safeParse(target).success === false) {
      context.addIssue({
        code: "custom",
        path: ["target"],
        message: `Must be an address for a record of type ${type}`,
      });
    }
  });

interface ZoneRecord {
  readonly id: number;
  readonly type: string;
  readonly created: string;
  updated: string;
  fields: Required<z.output<typeof recordFields>>;
}

/** A DNS domain with its records; it is kept and answered, no name server knows it. */
export interface DomainRecord {
  readonly id: number;
  readonly created: string;
  updated: string;
  domain: string;
  type: "master" | "slave";
  fields: Required<z.output<typeof domainFields>>;
  records: ZoneRecord[];
}

/** DNS domains and their records: `/domains`. */
export function domainRoutes(api: FastifyInstance, { store }: Emulator): void {
  const isTaken = (besides?: number) => (domain: string) =>
    store.state.domains.some((other) => other.id !== besides && other.domain === domain);

  api.get("/domains", (request) => listing(request, store.state.domains.map(domainAnswer)));

  api.post("/domains", (request) => {
    const schema = domainFields
      .extend({ domain: domainName(isTaken()), type: domainType })
      .refine(({ type, soa_email: email }) => type === "slave" || email !== undefined, {
        path: ["soa_email"],
        error: "soa_email is required for a master domain",
      });
    const { domain, type, ...fields } = parseBody(schema, request.body);
    const now = timestamp(new Date());
    const created = store.change((state) => {
      const record: DomainRecord = {
        id: takeId(state),
        created: now,
        updated: now,
        domain,
        type,
        fields: {
          soa_email: fields.soa_email ?? "",
          status: fields.status ?? "active",
          description: fields.description ?? "",
          ttl_sec: fields.ttl_sec ?? 0,
          retry_sec: fields.retry_sec ?? 0,
          refresh_sec: fields.refresh_sec ?? 0,
          expire_sec: fields.expire_sec ?? 0,
          master_ips: fields.master_ips ?? [],
          axfr_ips: fields.axfr_ips ?? [],
          group: fields.group ?? "",
          tags: fields.tags ?? [],
        },
        records: [],
      };
      state.domains.push(record);
      return record;
    });
    return domainAnswer(created);
  });

  api.get("/domains/:domainId", (request) =>
    domainAnswer(domainOf(store.state, pathId(request, "domainId"))),
  );

  api.put("/domains/:domainId", (request) => {
    const id = pathId(request, "domainId");
    domainOf(store.state, id);
    const schema = domainFields.extend({
      domain: domainName(isTaken(id)).optional(),
      type: domainType.optional(),
    });
    const { domain, type, ...fields } = parseBody(schema, request.body);
    const changed = store.change((state) => {
      const record = domainOf(state, id);
      record.domain = domain ?? record.domain;
      record.type = type ?? record.type;
      record.fields = { ...record.fields, ...fields };
      record.updated = timestamp(new Date());
      return record;
    });
    return domainAnswer(changed);
  });

  api.delete("/domains/:domainId", (request) => {
    const id = pathId(request, "domainId");
    store.change((state) => {
      domainOf(state, id);
      state.domains = state.domains.filter((domain) => domain.id !== id);
    });
    return {};
  });
  recordRoutes(api, { store });
}

function recordRoutes(api: FastifyInstance, { store }: Pick<Emulator, "store">): void {
  api.get("/domains/:domainId/records", (request) =>
    listing(request, domainOf(store.state, pathId(request, "domainId")).records.map(recordAnswer)),
  );

  api.post("/domains/:domainId/records", (request) => {
    const id = pathId(request, "domainId");
    domainOf(store.state, id);
    const { type, ...fields } = parseBody(recordCreation, request.body);
    const now = timestamp(new Date());
    const created = store.change((state) => {
      const record: ZoneRecord = {
        id: takeId(state),
        type,
        created: now,
        updated: now,
        fields: {
          name: fields.name ?? "",
          target: fields.target,
          ttl_sec: fields.ttl_sec ?? 0,
          priority: fields.priority ?? 0,
          weight: fields.weight ?? 0,
          port: fields.port ?? 0,
          service: fields.service ?? null,
          protocol: fields.protocol ?? null,
          tag: fields.tag ?? null,
        },
      };
      domainOf(state, id).records.push(record);
      return record;
    });
    return recordAnswer(created);
  });

  api.get("/domains/:domainId/records/:recordId", (request) =>
    recordAnswer(recordOf(domainOf(store.state, pathId(request, "domainId")), pathId(request, "recordId"))),
  );

  api.put("/domains/:domainId/records/:recordId", (request) => {
    const id = pathId(request, "domainId");
    const recordId = pathId(request, "recordId");
    recordOf(domainOf(store.state, id), recordId);
    const fields = parseBody(recordFields, request.body);
    const changed = store.change((state) => {
      const record = recordOf(domainOf(state, id), recordId);
      record.fields = { ...record.fields, ...fields };
      record.updated = timestamp(new Date());
      return record;
    });
    return recordAnswer(changed);
  });

  api.delete("/domains/:domainId/records/:recordId", (request) => {
    const recordId = pathId(request, "recordId");
    store.change((state) => {
      const domain = domainOf(state, pathId(request, "domainId"));
      recordOf(domain, recordId);
      domain.records = domain.records.filter((record) => record.id !== recordId);
    });
    return {};
  });
}

function domainAnswer({ id, domain, type, fields, created, updated }: DomainRecord) {
  return { id, domain, type, ...fields, created, updated };
}

function recordAnswer({ id, type, fields, created, updated }: ZoneRecord) {
  return { id, type, ...fields, created, updated };
}

function domainOf(state: LinodeState, id: number): DomainRecord {
  const domain = state.domains.find((candidate) => candidate.id === id);
  if (domain === undefined) {
    throw notFound();
  }
  return domain;
}

function recordOf(domain: DomainRecord, id: number): ZoneRecord {
  const record = domain.records.find((candidate) => candidate.id === id);
  if (record === undefined) {
    throw notFound();
  }
  return record;
}
