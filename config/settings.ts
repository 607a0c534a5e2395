import { z } from "zod";

import { accessControl } from "./access-control.ts";
import { deliveryRules, deliverySchema } from "./delivery-settings.ts";
import { linkSchema } from "./link-settings.ts";
import { labelsSchema, taintsSchema } from "./node-settings.ts";
import { peersSchema } from "./peer-settings.ts";
import { allowed, duration, memberRule, onceRight, seconds, text, wholeNumber } from "./rules.ts";
import { secretBackendsSchema } from "./secret-backend-settings.ts";
import { sharedSecretsSchema } from "./shared-secrets-settings.ts";
import { vaultSchema, type VaultSettings } from "./vault-settings.ts";

const label = text(
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/,
  "1 to 32 letters, digits, hyphens and underscores, such as vault-federation-hub",
);

const region = text(/^[a-z]{2}-[a-z]+(-\d+)?$/, "a Linode region, such as us-ord");

const kubernetesVersion = text(/^1\.\d+$/, 'a minor version of Kubernetes in quotes, such as "1.35"');

const tags = z
  .array(text(/^.{3,50}$/, "a tag of 3 to 50 characters"), allowed("a list of tags of 3 to 50 characters"))
  .default([]);

const nodeCount = wholeNumber(1, 100);

const autoscaler = z
  .strictObject({ min: nodeCount, max: nodeCount }, allowed("{ min, max }"))
  .refine(({ min, max }) => min <= max, allowed("a min that is not larger than max"));

const pool = z
  .strictObject(
    {
      type: text(/^g\d+(-[a-z0-9]+)+$/, "a Linode plan, such as g6-standard-4"),
      count: nodeCount.optional(),
      autoscaler: autoscaler.optional(),
      labels: labelsSchema,
      taints: taintsSchema,
    },
    allowed("a pool: { type, count | autoscaler, labels, taints }"),
  )
  .superRefine((value, context) => {
    if ((value.count === undefined) === (value.autoscaler === undefined)) {
      context.addIssue({
        code: "custom",
        // With both, every update would set the number of nodes back to `count`, against the autoscaler.
        message: "either count or autoscaler, not both and not neither",
        input: value,
      });
    }
  });

// Each name becomes a tag of its pool, and tags have at least three characters.
const poolName = text(
  /^[a-z][a-z0-9-]{2,29}$/,
  "a name of 3 to 30 lower-case letters, digits and hyphens that starts with a letter",
);

const cluster = z
  .strictObject(
    {
      label,
      region,
      kubernetesVersion,
      highAvailability: z.boolean(allowed("true or false")).default(true),
      accessControl: accessControl.optional(),
      systemPool: pool,
      pools: z.record(poolName, pool, allowed("pools by name")).default({}),
      tags,
      readyTimeout: duration.default("20m"),
    },
    allowed("an object with label, region, kubernetesVersion and systemPool"),
  )
  .refine(({ label: name, region: place }) => `${name}-${place}`.length <= 32, {
    ...allowed(
      "a label that has at most 31 characters together with the region: LKE's label is made of both",
    ),
    path: ["label"],
  });

const certManager = z.strictObject(
  {
    replicas: wholeNumber(1, 5).default(2),
    rootLifetime: duration
      .refine(
        // Certificates live for 90 days and hold a copy of the root, which is renewed when a third of its life is left.
        (value) => seconds(value) >= 180 * 24 * 3600,
        allowed("at least 4320h, so that each certificate is renewed before the root that came with it ends"),
      )
      .default("87600h"),
  },
  allowed("{ replicas, rootLifetime }"),
);

const repository = text(/^(https?|oci):\/\/\S+$/, "an https://, http:// or oci:// address");

const chart = z.strictObject(
  {
    repository: repository.optional(),
    version: text(/^v?\d+\.\d+\.\d+\S*$/, "an exact version, such as v1.21.2").optional(),
    values: z.record(z.string(), z.unknown(), allowed("Helm values by name")).default({}),
  },
  allowed("{ repository, version, values }"),
);

const charts = z.strictObject(
  {
    mirror: repository.optional(),
    certManager: chart.prefault({}),
    vault: chart.prefault({}),
    vaultSecretsOperator: chart.prefault({}),
    externalSecrets: chart.prefault({}),
  },
  allowed("{ mirror, certManager, vault, vaultSecretsOperator, externalSecrets }"),
);

interface CertificateLives {
  readonly certManager: z.infer<typeof certManager>;
  readonly vault?: VaultSettings;
}

/** Finds a life of Vault's certificate that the root's does not allow, for `superRefine`. */
function certificateRule(
  { vault, certManager: { rootLifetime } }: CertificateLives,
  context: z.RefinementCtx,
): void {
  // What is issued just before the root is renewed comes with a root that has a third of its life left, and is itself
  // renewed after two thirds of its own.
  if (vault?.mode === "server" && seconds(vault.certificateLifetime) > seconds(rootLifetime) / 2) {
    context.addIssue({
      code: "custom",
      path: ["vault", "certificateLifetime"],
      input: vault.certificateLifetime,
      message:
        `at most half of certManager.rootLifetime, which is ${rootLifetime}, ` +
        "so that each certificate is renewed before the root that came with it ends",
    });
  }
}

/** Everything that a stack's configuration may say under `vault-federation:`, with its defaults. */
export const settingsSchema = z
  .strictObject({
    role: z.enum(["hub", "edge"], allowed("hub or edge")),
    cluster,
    certManager: certManager.prefault({}),
    vault: vaultSchema.optional(),
    delivery: deliverySchema.optional(),
    peers: peersSchema,
    link: linkSchema,
    secrets: sharedSecretsSchema,
    secretBackends: secretBackendsSchema,
    charts: charts.prefault({}),
    protect: z.boolean(allowed("true or false")).default(true),
  })
  .superRefine(deliveryRules, onceRight("delivery", "vault.mode", "vault.consumers"))
  .superRefine(
    certificateRule,
    onceRight("vault.mode", "vault.certificateLifetime", "certManager.rootLifetime"),
  )
  .superRefine(
    memberRule(
      "peers",
      ({ vault, peers }) => vault !== undefined || Object.keys(peers).length === 0,
      "no peers without vault-federation:vault: a region exchanges secrets through a Vault of its own",
    ),
    onceRight("peers"),
  )
  .superRefine(
    memberRule(
      "peers",
      ({ vault, peers }) =>
        vault?.mode !== "external" || vault.namespace === undefined || Object.keys(peers).length === 0,
      "no peers beside vault.namespace: there are no links of Vaults with a namespace; take either out",
    ),
    onceRight("peers", "vault.mode", "vault.namespace"),
  )
  // Where there is a Vault, its secrets are delivered; where there is none, nothing is.
  .transform((settings) =>
    settings.vault === undefined
      ? { ...settings, vault: undefined, delivery: undefined }
      : {
          ...settings,
          vault: settings.vault,
          delivery: settings.delivery ?? deliverySchema.parse({}),
        },
  );

/** A stack's whole configuration, checked and with its defaults filled in. */
export type Settings = z.infer<typeof settingsSchema>;
/** The part of the configuration that describes the Kubernetes cluster. */
export type ClusterSettings = Settings["cluster"];
/** One pool of nodes: its plan and either a fixed count or the bounds of its autoscaler. */
export type PoolSettings = ClusterSettings["systemPool"];
/** The part of the configuration that describes cert-manager. */
export type CertManagerSettings = Settings["certManager"];
/** Where charts come from. */
export type ChartSettings = Settings["charts"];
/** What may be overridden of one chart. */
export type ChartOverride = ChartSettings["certManager"];
