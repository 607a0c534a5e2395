import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource, type CustomResourceOptions } from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";

import type { VaultSettings } from "../../config/vault-settings.ts";
import { auditDevices } from "./audit-devices.ts";
import { podRole, type PodRoleArgs } from "./pod-role.ts";
import {
  consumerPolicy,
  externalSecretsPolicy,
  secretMount,
  snapshotPolicy,
  type LocalSecretPaths,
} from "./policies.ts";

/** Who may use Vault, and for what. */
export interface VaultAccessArgs extends Pick<VaultSettings, "consumers"> {
  /** What External Secrets reads and writes here for the region itself. */
  readonly localSecrets: LocalSecretPaths;
  /** Whether the servers are the region's own: then their audit devices and autopilot are managed too. */
  readonly ownsServers: boolean;
  /** Number of servers below which autopilot removes no dead one. */
  readonly replicas: number;
}

/**
 * What is inside Vault: two audit devices, the KV mount, the login of pods, and for each of the region's own a policy and
 * a role that give exactly what they need. Takes the Vault provider from its options.
 */
export class VaultAccess extends ComponentResource {
  /** Path of the KV version 2 mount. */
  readonly mountPath: pulumi.Output<string>;
  /** Path of the auth method that pods of this region log in at. */
  readonly kubernetesAuthPath: pulumi.Output<string>;
  /** Role that each consuming namespace logs in with, by namespace. */
  readonly consumerRoles: Readonly<Record<string, pulumi.Output<string>>>;
  /** Role that the External Secrets Operator of this region logs in with. */
  readonly externalSecretsRole: pulumi.Output<string>;

  constructor(name: string, args: VaultAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vault-federation:vault:VaultAccess", name, args, opts);

    // While the first audit device comes up, Vault may refuse a request that it has carried out; and what happens to
    // secrets is recorded from the first one on.
    const options: CustomResourceOptions = {
      parent: this,
      dependsOn: args.ownsServers ? this.#auditDevices(name) : [],
    };
    if (args.ownsServers) {
      new vault.RaftAutopilot(
        `${name}-autopilot`,
        {
          // A server that lost its volume comes back under its old name; the dead entry must not count for the quorum.
          cleanupDeadServers: true,
          deadServerLastContactThreshold: "24h0m0s",
          minQuorum: args.replicas,
        },
        options,
      );
    }

    const mount = new vault.Mount(
      `${name}-secrets`,
      {
        path: secretMount,
        type: "kv",
        options: { version: "2" },
        description: "Secrets of this region and its peers",
      },
      options,
    );

    const kubernetes = new vault.AuthBackend(
      `${name}-kubernetes`,
      { type: "kubernetes", path: "kubernetes", description: "Pods of this region" },
      options,
    );
    const kubernetesConfig = new vault.kubernetes.AuthBackendConfig(
      `${name}-kubernetes-config`,
      {
        backend: kubernetes.path,
        // Vault asks with its own pod's token and CA, which it reads anew: a stored reviewer token would expire.
        kubernetesHost: "https://kubernetes.default.svc:443",
      },
      options,
    );

    const role = (
      roleName: string,
      args: Pick<PodRoleArgs, "roleName" | "policy" | "serviceAccount" | "namespace">,
    ): pulumi.Output<string> =>
      podRole(
        roleName,
        {
          ...args,
          backend: kubernetesConfig.backend.apply((backend) => backend ?? "kubernetes"),
          ttlSeconds: 3600,
          maxTtlSeconds: 24 * 3600,
        },
        options,
      );
    this.consumerRoles = Object.fromEntries(
      Object.entries(args.consumers).map(([namespace, paths]) => [
        namespace,
        role(`${name}-${namespace}`, {
          roleName: `consumer-${namespace}`,
          policy: consumerPolicy(paths),
          serviceAccount: "vso-auth",
          namespace,
        }),
      ]),
    );
    this.externalSecretsRole = role(`${name}-external-secrets`, {
      roleName: "external-secrets",
      policy: externalSecretsPolicy(args.localSecrets),
      serviceAccount: "external-secrets",
      namespace: "external-secrets",
    });
    if (args.ownsServers) {
      role(`${name}-snapshot`, {
        roleName: "snapshot",
        policy: snapshotPolicy(),
        serviceAccount: "vault-snapshot",
        namespace: "vault",
      });
    }

    this.mountPath = mount.path;
    this.kubernetesAuthPath = kubernetes.path;
    this.registerOutputs({ mountPath: this.mountPath, kubernetesAuthPath: this.kubernetesAuthPath });
  }

  #auditDevices(name: string): vault.Audit[] {
    return auditDevices.map(
      ({ path, type, target }) =>
        new vault.Audit(
          `${name}-audit-${path}`,
          { type, path, options: { file_path: target } },
          // Every change replaces the device, and two can't have one path.
          { parent: this, deleteBeforeReplace: true },
        ),
    );
  }
}
