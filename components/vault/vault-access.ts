import type * as pulumi from "@pulumi/pulumi";
import { ComponentResource, output, type CustomResourceOptions } from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";

import type { ServiceAccountIssuer } from "../../config/contract.ts";
import type { VaultSettings } from "../../config/vault-settings.ts";
import { auditDevices } from "./audit-devices.ts";
import {
  consumerPolicy,
  externalSecretsPolicy,
  secretMount,
  snapshotPolicy,
  type LocalSecretPaths,
} from "./policies.ts";
import { podRole, type PodLogin, type PodRoleArgs } from "./pod-role.ts";

/** Who may use Vault, and for what. */
export interface VaultAccessArgs extends Pick<VaultSettings, "consumers"> {
  /** What External Secrets reads and writes here for the region itself. */
  readonly localSecrets: LocalSecretPaths;
  /** Whether the servers are the region's own: then their audit devices and autopilot are managed too. */
  readonly ownsServers: boolean;
  /** Number of servers below which autopilot removes no dead one. */
  readonly replicas: number;
  /** Path of the auth method for pods, where they are known by `podIssuer`. */
  readonly podLoginPath: string;
  /**
   * Whether what holds the data, and what can't be made over again where it is left in Vault, is protected: the mount, the
   * login and the audit devices.
   */
  readonly protect: boolean;
  /** Who signs the tokens of the cluster's pods; absent where Vault runs in the cluster, and can ask it. */
  readonly podIssuer?: pulumi.Input<ServiceAccountIssuer>;
}

/**
 * What is inside Vault: two audit devices, the KV mount, the login of pods, and for each of the region's own a policy and
 * a role that give exactly what they need. Takes the Vault provider from its options.
 */
export class VaultAccess extends ComponentResource {
  /** Path of the KV version 2 mount. */
  readonly mountPath: pulumi.Output<string>;
  /** How pods of this region log in. */
  readonly podLogin: PodLogin;
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
      dependsOn: args.ownsServers ? this.#auditDevices(name, args.protect) : [],
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

    // It is deleted before the servers, and theirs would refuse too late.
    const kept: CustomResourceOptions = { ...options, protect: args.protect };
    const mount = new vault.Mount(
      `${name}-secrets`,
      {
        path: secretMount,
        type: "kv",
        options: { version: "2" },
        description: "Secrets of this region and its peers",
      },
      kept,
    );

    this.podLogin =
      args.podIssuer === undefined
        ? this.#loginByCluster(name, options, kept)
        : this.#loginByKeys(name, args.podLoginPath, args.podIssuer, kept);

    this.consumerRoles = Object.fromEntries(
      Object.entries(args.consumers).map(([namespace, paths]) => [
        namespace,
        this.#podRole(`${name}-${namespace}`, options, {
          roleName: `consumer-${namespace}`,
          policy: consumerPolicy(paths),
          serviceAccount: "vso-auth",
          namespace,
        }),
      ]),
    );
    this.externalSecretsRole = this.#podRole(`${name}-external-secrets`, options, {
      roleName: "external-secrets",
      policy: externalSecretsPolicy(args.localSecrets),
      serviceAccount: "external-secrets",
      namespace: "external-secrets",
    });
    if (args.ownsServers) {
      this.#podRole(`${name}-snapshot`, options, {
        roleName: "snapshot",
        policy: snapshotPolicy(),
        serviceAccount: "vault-snapshot",
        namespace: "vault",
      });
    }

    this.mountPath = mount.path;
    this.registerOutputs({ mountPath: this.mountPath, podLoginPath: this.podLogin.path });
  }

  #auditDevices(name: string, protect: boolean): vault.Audit[] {
    return auditDevices.map(
      ({ path, type, target }) =>
        new vault.Audit(
          `${name}-audit-${path}`,
          { type, path, options: { file_path: target } },
          // Every change replaces the device, and two can't have one path.
          { parent: this, deleteBeforeReplace: true, protect },
        ),
    );
  }

  /** Vault asks the cluster that it runs in about each token. */
  #loginByCluster(name: string, options: CustomResourceOptions, kept: CustomResourceOptions): PodLogin {
    const method = new vault.AuthBackend(
      `${name}-kubernetes`,
      { type: "kubernetes", path: "kubernetes", description: "Pods of this region" },
      kept,
    );
    const config = new vault.kubernetes.AuthBackendConfig(
      `${name}-kubernetes-config`,
      {
        backend: method.path,
        // Vault asks with its own pod's token and CA, which it reads anew: a stored reviewer token would expire.
        kubernetesHost: "https://kubernetes.default.svc:443",
      },
      options,
    );
    return { kind: "kubernetes", path: config.backend.apply((backend) => backend ?? "kubernetes") };
  }

  /** Vault knows the keys that the tokens are signed with, and needs no way to the cluster. */
  #loginByKeys(
    name: string,
    path: string,
    issuer: pulumi.Input<ServiceAccountIssuer>,
    options: CustomResourceOptions,
  ): PodLogin {
    const signer = output(issuer);
    const method = new vault.jwt.AuthBackend(
      `${name}-jwt`,
      {
        path,
        description: "Pods of this region",
        boundIssuer: signer.issuer,
        jwtValidationPubkeys: signer.keys.apply((keys) => [...keys]),
      },
      options,
    );
    return { kind: "jwt", path: method.path.apply((made) => made ?? path) };
  }

  #podRole(
    name: string,
    options: CustomResourceOptions,
    role: Pick<PodRoleArgs, "roleName" | "policy" | "serviceAccount" | "namespace">,
  ): pulumi.Output<string> {
    return podRole(
      name,
      { ...role, login: this.podLogin, tokenSeconds: 3600, tokenMaxSeconds: 24 * 3600 },
      options,
    );
  }
}
