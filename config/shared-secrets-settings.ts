import { z } from "zod";

import { allowed, duration, memberRule, text, wholeNumber } from "./rules.ts";

const regionName = text(/^[a-z][a-z0-9-]{0,30}$/, "the name of a region, which is that of its stack");

const dataKey = text(
  /^[A-Za-z0-9._-]{1,100}$/,
  "a key of 1 to 100 letters, digits, dots, hyphens and underscores",
);

/**
 * A path below the KV mount. It becomes the name of Kubernetes objects and, in some backends, of a secret; neither
 * takes a slash, and without capitals, dots and double hyphens each path has a name of its own there. With `.result` it
 * becomes a label too, which Kubernetes limits to 63 letters.
 */
const path = text(
  /^(?=.{1,56}$)[a-z0-9]+(-[a-z0-9]+)*(\/[a-z0-9]+(-[a-z0-9]+)*)*$/,
  "a path below the mount such as app/database: at most 56 lower-case letters, digits, single hyphens and slashes",
);

const generated = z.strictObject(
  {
    key: dataKey.default("password"),
    length: wholeNumber(16, 128).default(32),
    special: z.boolean(allowed("true or false")).default(true),
    version: wholeNumber(1, 1_000_000).default(1),
    plain: z
      .record(
        dataKey,
        z.string(allowed("a string that is no secret, such as a user's name")),
        allowed("values by key"),
      )
      .default({}),
  },
  allowed("{ key, length, special, version, plain }, or {} for all defaults"),
);

/** Keys that Kubernetes demands of a Secret of each type. Source: kubernetes.io/docs/concepts/configuration/secret. */
export const requiredKeys = {
  Opaque: [],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/basic-auth": ["username", "password"],
} as const;

const secretTypes = Object.keys(requiredKeys) as [keyof typeof requiredKeys];

const secret = z
  .strictObject(
    {
      home: regionName.optional(),
      writers: z
        .array(regionName, allowed("a list of regions"))
        .min(2, allowed("at least two regions; one alone is the home"))
        .refine(
          (regions) => new Set(regions).size === regions.length,
          allowed("a list that names each region once"),
        )
        .optional(),
      regions: z.array(regionName, allowed("a list of regions")).optional(),
      type: z.enum(secretTypes, allowed(secretTypes.join(", "))).default("Opaque"),
      generated: generated.optional(),
      overwrite: z.boolean(allowed("true or false")).default(true),
      refreshInterval: duration.default("1m"),
      backends: z
        .array(text(/./, "a name under secretBackends"), allowed("a list of names under secretBackends"))
        .default([]),
    },
    allowed("{ home } or { writers }, and what else Pulumi.hub.yaml explains"),
  )
  .superRefine((value, context) => {
    if ((value.home === undefined) === (value.writers === undefined)) {
      context.addIssue({
        code: "custom",
        message: "either home or writers, not both and not neither",
        input: value,
      });
    }
  })
  .superRefine(
    memberRule(
      "generated",
      (value) => value.generated === undefined || value.home !== undefined,
      "a home, as only one region can generate a value",
    ),
  )
  .superRefine(
    memberRule(
      "generated",
      ({ generated: value, type }) => value === undefined || type !== "kubernetes.io/tls",
      "another type: a certificate is no random value; enter it, or let cert-manager make it",
    ),
  )
  .superRefine(
    memberRule(
      "generated",
      ({ generated: value, type }) =>
        value === undefined ||
        type === "kubernetes.io/tls" ||
        requiredKeys[type].every((key) => key === value.key || key in value.plain),
      "all keys of the type: username and password, one generated and the other plain",
    ),
  )
  .superRefine(
    memberRule(
      "overwrite",
      (value) => value.overwrite || value.home !== undefined,
      "true with several writers: each of them overwrites its own part only",
    ),
  )
  .superRefine(
    memberRule(
      "overwrite",
      (value) => value.overwrite || (value.generated?.version ?? 1) === 1,
      "true with a generated version above 1: no Vault would take the new value",
    ),
  )
  .superRefine(
    memberRule(
      "backends",
      (value) => value.backends.length === 0 || value.home !== undefined,
      "none with several writers, as all of them would write one place there",
    ),
  );

/** What a stack's configuration may say of the secrets that cross regions: by the path that they have in every Vault. */
export const sharedSecretsSchema = z
  .record(path, secret, allowed("secrets by their path below the mount"))
  .default({});

/** Secrets that cross regions, by their path. */
export type SharedSecretsSettings = z.infer<typeof sharedSecretsSchema>;
/** One secret that crosses regions. */
export type SharedSecretSettings = SharedSecretsSettings[string];
/** What is generated of a secret. */
export type GeneratedSettings = NonNullable<SharedSecretSettings["generated"]>;
/** Kubernetes' type of a secret. */
export type SecretType = SharedSecretSettings["type"];
