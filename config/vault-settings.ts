import { z } from "zod";

import { accessControl } from "./access-control.ts";
import { encodeOperatorKey, operatorFingerprint } from "./operator-key.ts";
import { allowed, duration, memberRule, seconds, text, wholeNumber } from "./rules.ts";

/** Name of a Kubernetes namespace. */
export const namespaceName = text(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  "the name of a Kubernetes namespace",
);

/** A path below the KV mount: no leading or trailing slash, no wildcard except `*` as its end. */
const secretPath = text(
  /^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*(\/\*)?$/,
  "a path below the mount such as otel/client, or otel/* for all below otel",
).refine(
  // They lead into the Vaults of others, and whoever reads one may write there.
  (path) => path.split("/")[0] !== "peer-tokens",
  allowed("a path that does not begin with peer-tokens: the tokens of peers are there"),
);

const publicKeyForm =
  "an armoured PGP public key with an encryption subkey, neither expired nor revoked (gpg --armor --export <address>)";

const publicKey = text(/-----BEGIN PGP/, publicKeyForm).transform(async (armoredKey, context) => {
  try {
    return await encodeOperatorKey(armoredKey);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.addIssue({
      code: "custom",
      message: `${publicKeyForm}; of this one: ${reason}`,
      input: "a PGP key",
    });
    return z.NEVER;
  }
});

const operator = z.strictObject(
  { name: text(/^\S.*$/, "the operator's name"), publicKey },
  allowed("{ name, publicKey }"),
);

const operators = z
  .array(operator, allowed("a list of { name, publicKey }, one for each key share"))
  .min(1, allowed("at least one operator: only operators can unseal Vault after a restart"))
  .max(10, allowed("at most 10 operators"))
  .superRefine(async (list, context) => {
    // What is no key has no fingerprint.
    if (context.issues.length > 0) {
      return;
    }
    const fingerprints = await Promise.all(list.map(({ publicKey: key }) => operatorFingerprint(key)));
    for (const [index, { name }] of list.entries()) {
      const first = fingerprints.indexOf(fingerprints[index] ?? "");
      if (first !== index) {
        context.addIssue({
          code: "custom",
          message: `a PGP key of ${name}'s own, as each key gets one share: this one is also that of ${list[first]?.name ?? ""}`,
          input: "a PGP key",
          path: [index, "publicKey"],
        });
      }
    }
  });

const storage = z.strictObject(
  {
    dataGiB: wholeNumber(10, 10_000).default(10),
    auditGiB: wholeNumber(10, 10_000).default(10),
    // A volume of the other class is deleted with its claim, and a region's Vault with it.
    storageClass: text(/^\S+$/, "the name of a storage class").default("linode-block-storage-retain"),
  },
  allowed("{ dataGiB, auditGiB, storageClass }"),
);

/** Parameters that are credentials: what stands in the configuration is in the state and in Vault's ConfigMap. */
const secretParameters: ReadonlySet<string> = new Set([
  "token",
  "access_key",
  "secret_key",
  "session_token",
  "client_secret",
]);

/** Where Vault sees the files of `seal.credentials`, in a folder called like their Secret. The chart has it so. */
export const credentialsFolder = "/vault/userconfig";

/** The parameters of each kind of seal are those of Vault's own seal stanza. */
const seal = z
  .strictObject(
    {
      type: z.enum(
        ["shamir", "transit", "awskms", "gcpckms", "azurekeyvault", "ocikms"],
        allowed("shamir, transit, awskms, gcpckms, azurekeyvault or ocikms"),
      ),
      parameters: z
        .record(
          text(/^[a-z_]+$/, "a parameter of Vault's seal stanza").refine(
            (name) => !secretParameters.has(name),
            allowed("no credential: put it into a Secret, and name that under seal.credentials"),
          ),
          z.string(allowed("a string; credentials belong into a Secret")),
          allowed("parameters by name"),
        )
        .default({}),
      // The Secret is in Vault's namespace. Its keys are called like the variables (VAULT_TOKEN, AWS_SECRET_ACCESS_KEY
      // and the like) and the files.
      credentials: z
        .strictObject(
          {
            secretName: text(/^[a-z0-9][a-z0-9.-]*$/, "the name of a Kubernetes Secret"),
            variables: z
              .array(
                text(/^[A-Za-z_][A-Za-z0-9_]*$/, "an environment variable of Vault"),
                allowed("a list of variables"),
              )
              .default([]),
            files: z
              .array(
                text(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/, "a key of the Secret"),
                allowed("a list of files"),
              )
              .default([]),
          },
          allowed("{ secretName, variables, files }"),
        )
        .superRefine(
          memberRule(
            "variables",
            ({ variables, files }) => variables.length + files.length > 0,
            "at least one variable or file",
          ),
        )
        .optional(),
      acceptDependencyOnPeer: z.boolean(allowed("true or false")).default(false),
    },
    allowed("{ type, parameters, credentials }"),
  )
  .superRefine(
    memberRule(
      "parameters",
      ({ type, parameters }) => type !== "shamir" || Object.keys(parameters).length === 0,
      "no parameters: the key shares of shamir are with the operators",
    ),
  )
  .superRefine(
    memberRule(
      "parameters",
      // Google's key service takes credentials as the path of a file.
      ({ parameters }) =>
        parameters.credentials === undefined || parameters.credentials.startsWith(`${credentialsFolder}/`),
      `no credentials but the path of one of seal.credentials.files, ${credentialsFolder}/<secretName>/<file>`,
    ),
  )
  .superRefine(
    memberRule(
      "acceptDependencyOnPeer",
      ({ type, acceptDependencyOnPeer }) => type !== "transit" || acceptDependencyOnPeer,
      "true with transit, as a sealed Vault then stays down as long as the Vault that holds its key",
    ),
  );

const consumers = z
  .record(
    namespaceName,
    z.array(secretPath, allowed("the paths that the namespace reads")).min(1, allowed("at least one path")),
    allowed("paths by the namespace that reads them"),
  )
  .default({});

const server = z
  .strictObject(
    {
      mode: z.literal("server"),
      replicas: z
        .union([z.literal(3), z.literal(5)], allowed("3 or 5: a majority must survive the loss of one"))
        .default(3),
      storage: storage.prefault({}),
      image: z
        .strictObject(
          {
            repository: text(/^\S+$/, "the name of an image").default("hashicorp/vault"),
            tag: text(/^\d+\.\d+\.\d+\S*$/, "an exact version of Vault").default("1.21.0"),
          },
          allowed("{ repository, tag }"),
        )
        .prefault({}),
      seal: seal.prefault({ type: "shamir" }),
      accessControl: accessControl.optional(),
      operators,
      threshold: wholeNumber(1, 10),
      certificateLifetime: duration
        .refine((value) => seconds(value) >= 3600, allowed("at least 1h, the least that cert-manager issues"))
        .default("2160h"),
      bootstrapTimeout: duration.default("10m"),
      consumers,
    },
    allowed("an object with operators and threshold"),
  )
  .superRefine(
    memberRule(
      "threshold",
      ({ operators: keys, threshold }) => threshold <= keys.length,
      "a threshold that is not larger than the number of operators",
    ),
  )
  .superRefine(
    memberRule(
      "threshold",
      ({ operators: keys, threshold }) => keys.length === 1 || threshold > 1,
      "a threshold of at least 2 where there are several operators, which Vault insists on",
    ),
  );

const external = z.strictObject(
  {
    mode: z.literal("external"),
    address: text(/^https:\/\/\S+[^/]$/, "an https:// address without a trailing slash"),
    caBundle: text(/-----BEGIN CERTIFICATE-----/, "CA certificates (PEM)").optional(),
    namespace: text(/^\S+$/, "a Vault namespace, such as admin").optional(),
    consumers,
  },
  allowed("an object with address"),
);

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a stack's configuration may say of its Vault: a highly available one of its own, or one that exists. */
export const vaultSchema = z.preprocess(
  // A server of one's own is what nearly everybody wants, so it need not be said.
  (value) => (isObject(value) && !("mode" in value) ? { mode: "server", ...value } : value),
  z.discriminatedUnion("mode", [server, external], {
    error: ({ input }) => (isObject(input) ? "server or external" : "an object with operators and threshold"),
  }),
);

/** The part of the configuration that describes Vault. */
export type VaultSettings = z.infer<typeof vaultSchema>;
/** A Vault of the region's own. */
export type VaultServerSettings = Extract<VaultSettings, { mode: "server" }>;
/** Whose key shares Vault is opened with. */
export type OperatorSettings = VaultServerSettings["operators"][number];
/** Who opens Vault after a restart. */
export type SealSettings = VaultServerSettings["seal"];
