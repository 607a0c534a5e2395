import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { SyncedSecretSettings } from "../../config/delivery-settings.ts";
import { secretMount } from "../vault/policies.ts";
import type { VaultConsumer } from "./vault-consumer.ts";
import { waitFor } from "./wait-for.ts";

/** What {@link SyncedSecret} needs. */
export interface SyncedSecretArgs
  extends
    Pick<SyncedSecretSettings, "path" | "destination">,
    Partial<Pick<SyncedSecretSettings, "type" | "labels" | "annotations" | "refreshAfter" | "restart">> {
  /** The namespace that gets the Secret; VaultSecretsOperator's `consumer()` gives it. Changing it replaces the Secret. */
  readonly consumer: Pick<VaultConsumer, "namespace" | "vaultAuth">;
  /** Name of the VaultStaticSecret. Changing it replaces the Secret. */
  readonly secretName: string;
  /** Path of the KV version 2 mount. Defaults to `secret`. */
  readonly mountPath?: pulumi.Input<string>;
  /**
   * Wait until the Secret is there. Defaults to false: a value that another region or a person has yet to write must
   * not hold up the region.
   */
  readonly waitUntilSynced?: boolean;
}

/**
 * A secret of Vault as a Kubernetes Secret that follows it, and whose workloads restart when it changes. Creates one
 * VaultStaticSecret; the operator makes the Secret, repairs it, and deletes it together with this.
 */
export class SyncedSecret extends pulumi.ComponentResource {
  /** Name of the Kubernetes Secret. */
  readonly destination: pulumi.Output<string>;

  constructor(name: string, args: SyncedSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "vault-federation:delivery:SyncedSecret",
      name,
      { secretName: args.secretName, path: args.path, destination: args.destination },
      opts,
    );

    const secret = new kubernetes.apiextensions.CustomResource(
      `${name}-secret`,
      {
        apiVersion: "secrets.hashicorp.com/v1beta1",
        kind: "VaultStaticSecret",
        metadata: {
          name: args.secretName,
          namespace: args.consumer.namespace,
          // The operator reports conditions since 1.3 only; the MAC of what it has written is there in all versions.
          annotations: args.waitUntilSynced === true ? waitFor("jsonpath={.status.secretMAC}") : undefined,
        },
        spec: {
          vaultAuthRef: args.consumer.vaultAuth,
          mount: args.mountPath ?? secretMount,
          type: "kv-v2",
          path: args.path,
          refreshAfter: args.refreshAfter ?? "30s",
          // Without it neither drift is repaired nor anything restarted.
          hmacSecretData: true,
          destination: {
            name: args.destination,
            create: true,
            type: args.type ?? "Opaque",
            labels: args.labels,
            annotations: args.annotations,
            // The release says so for all; said again, the Secret is the same under an operator that others installed.
            transformation: { excludeRaw: true },
          },
          rolloutRestartTargets: args.restart?.map(({ kind, name: target }) => ({ kind, name: target })),
        },
      },
      { parent: this },
    );

    this.destination = secret.id.apply(() => args.destination);
    this.registerOutputs({ destination: this.destination });
  }
}
