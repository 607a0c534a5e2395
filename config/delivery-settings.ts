import { z } from "zod";

import { allowed, duration, text, wholeNumber } from "./rules.ts";
import { namespaceName, type VaultSettings } from "./vault-settings.ts";

const objectName = text(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, "the name of a Kubernetes object");

const textByName = (what: string): z.ZodDefault<z.ZodRecord<z.ZodString, z.ZodString>> =>
  z
    .record(
      z.string(),
      z.string(allowed("a string; numbers and booleans in quotes")),
      allowed(`${what} by name`),
    )
    .default({});

const restartTarget = z.strictObject(
  {
    kind: z.enum(["Deployment", "StatefulSet", "DaemonSet"], allowed("Deployment, StatefulSet or DaemonSet")),
    name: objectName,
  },
  allowed("{ kind, name }"),
);

const syncedSecret = z.strictObject(
  {
    namespace: namespaceName,
    path: text(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, "a path below the mount, such as otel/client"),
    destination: objectName,
    type: text(/^[A-Za-z0-9./-]+$/, "a type of Secret, such as Opaque or kubernetes.io/tls").default(
      "Opaque",
    ),
    labels: textByName("labels"),
    annotations: textByName("annotations"),
    refreshAfter: duration.default("30s"),
    restart: z.array(restartTarget, allowed("a list of { kind, name }")).default([]),
  },
  allowed("an object with namespace, path and destination"),
);

/** What a stack's configuration may say of the delivery of secrets, with its defaults. */
export const deliverySchema = z.strictObject(
  {
    replicas: wholeNumber(1, 5).default(2),
    storeNamespaces: z.array(namespaceName, allowed("a list of namespaces")).default([]),
    existingNamespaces: z.array(namespaceName, allowed("a list of namespaces")).default([]),
    syncedSecrets: z.record(objectName, syncedSecret, allowed("synced secrets by name")).default({}),
  },
  allowed("{ replicas, storeNamespaces, existingNamespaces, syncedSecrets }"),
);

/** The part of the configuration that describes how secrets get into namespaces. */
export type DeliverySettings = z.infer<typeof deliverySchema>;
/** A secret of Vault that is a Kubernetes Secret, too. */
export type SyncedSecretSettings = DeliverySettings["syncedSecrets"][string];

/** Namespaces that the program makes for its own parts. */
const ownNamespaces: ReadonlySet<string> = new Set([
  "cert-manager",
  "external-secrets",
  "secret-sources",
  "vault",
  "vault-secrets-operator",
]);

const notAConsumer = "a namespace that vault.consumers lets read secrets";

interface Region {
  readonly vault?: VaultSettings;
  readonly delivery?: DeliverySettings;
}

/** Finds what the settings of delivery and those of Vault make impossible for each other, for `superRefine`. */
export function deliveryRules({ vault, delivery }: Region, context: z.RefinementCtx): void {
  const refuse = (path: (string | number)[], input: unknown, message: string): void => {
    context.addIssue({ code: "custom", path, input, message });
  };
  if (vault === undefined) {
    if (delivery !== undefined) {
      refuse(["delivery"], delivery, "nothing without vault: there are no secrets to deliver");
    }
    return;
  }
  for (const name of Object.keys(vault.consumers).filter((consumer) => ownNamespaces.has(consumer))) {
    refuse(
      ["vault", "consumers", name],
      name,
      `a namespace of workloads; those of the region's own parts are ${[...ownNamespaces].join(", ")}`,
    );
  }
  for (const [index, name] of (delivery?.existingNamespaces ?? []).entries()) {
    if (vault.consumers[name] === undefined) {
      refuse(["delivery", "existingNamespaces", index], name, notAConsumer);
    }
  }
  for (const [name, secret] of Object.entries(delivery?.syncedSecrets ?? {})) {
    const paths = vault.consumers[secret.namespace];
    if (paths === undefined) {
      refuse(["delivery", "syncedSecrets", name, "namespace"], secret.namespace, notAConsumer);
    } else if (!paths.some((allowedPath) => covers(allowedPath, secret.path))) {
      refuse(
        ["delivery", "syncedSecrets", name, "path"],
        secret.path,
        `a path that vault.consumers.${secret.namespace} lets it read: ${paths.join(", ")}`,
      );
    }
  }
}

/** Whether what Vault's policy allows, `path` or `path/*`, includes a path. */
function covers(pattern: string, path: string): boolean {
  return pattern.endsWith("/*") ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}
