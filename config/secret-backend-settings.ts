import { z } from "zod";

import { allowed, text } from "./rules.ts";

const secretName = text(
  /^[a-z0-9][a-z0-9.-]*$/,
  "the name of a Kubernetes Secret in the namespace external-secrets",
);

const aws = z.strictObject(
  {
    type: z.literal("aws"),
    region: text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region of AWS, such as us-east-1"),
    role: text(/^arn:\S+$/, "the ARN of a role").optional(),
    credentials: secretName.optional(),
  },
  allowed("{ type, region, role, credentials }"),
);

const gcp = z.strictObject(
  {
    type: z.literal("gcp"),
    projectId: text(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "the id of a Google Cloud project"),
    location: text(/^[a-z]+-[a-z]+\d+$/, "a location of Google Cloud, such as us-east1").optional(),
    credentials: secretName.optional(),
  },
  allowed("{ type, projectId, location, credentials }"),
);

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const azure = z.strictObject(
  {
    type: z.literal("azure"),
    vaultUrl: text(/^https:\/\/\S+[^/]$/, "the https:// address of a Key Vault without a trailing slash"),
    tenantId: text(uuid, "the id of a tenant"),
    credentials: secretName,
  },
  allowed("{ type, vaultUrl, tenantId, credentials }"),
);

const hcpVault = z.strictObject(
  {
    type: z.literal("hcp-vault"),
    address: text(/^https:\/\/\S+[^/]$/, "an https:// address without a trailing slash"),
    namespace: text(/^\S+$/, "a namespace of Vault").default("admin"),
    mount: text(/^[A-Za-z0-9_-]+$/, "the path of a KV version 2 mount").default("secret"),
    credentials: secretName,
  },
  allowed("{ type, address, namespace, mount, credentials }"),
);

/** What a stack's configuration may say of the places beside the regions' Vaults that secrets are written to. */
export const secretBackendsSchema = z
  .record(
    text(/^[a-z][a-z0-9-]{0,30}$/, "a name of 1 to 31 lower-case letters, digits and hyphens"),
    z.discriminatedUnion("type", [aws, gcp, azure, hcpVault], {
      error: "aws, gcp, azure or hcp-vault",
    }),
    allowed("backends by name"),
  )
  .default({});

/** Places beside the regions' Vaults, by name. */
export type SecretBackendsSettings = z.infer<typeof secretBackendsSchema>;
/** One such place. */
export type SecretBackendSettings = SecretBackendsSettings[string];
