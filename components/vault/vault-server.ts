import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { goDuration, seconds } from "../../config/rules.ts";
import type { VaultServerSettings } from "../../config/vault-settings.ts";
import { chartRelease } from "../helm/chart-release.ts";
import type { Chart } from "../helm/charts.ts";
import { refuseFewerServers } from "./fewer-servers.ts";
import { serverDnsNames, vaultNames, vaultPorts, vaultValues } from "./vault-values.ts";

/** What {@link VaultServer} needs. */
export interface VaultServerArgs extends Pick<
  VaultServerSettings,
  "replicas" | "storage" | "seal" | "certificateLifetime" | "accessControl"
> {
  /** Vault's chart. */
  readonly chart: Chart;
  /** Vault's image. Servers keep the one they run until `vfed roll` restarts them, one after the other. */
  readonly image: { readonly repository: string; readonly tag: string };
  /** ClusterIssuer that signs the servers' certificate. */
  readonly issuerName: pulumi.Input<string>;
  /** Whether the servers are protected, and with them all data: a setting that is left out must not delete them. */
  readonly protect: boolean;
}

/**
 * The Vault servers of a region, sealed. Creates, in this order: a namespace, a load balancer on the active server, the
 * servers' certificate, which has the load balancer's address, and the release.
 */
export class VaultServer extends pulumi.ComponentResource {
  /** Address of the active server, from outside. */
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: VaultServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vault-federation:vault:VaultServer", name, args, opts);

    const namespace = new kubernetes.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: { name: vaultNames.namespace } },
      { parent: this, protect: args.protect },
    );
    const namespaceName = namespace.metadata.name;

    const service = new kubernetes.core.v1.Service(
      `${name}-service`,
      {
        metadata: {
          name: "vault-external",
          namespace: namespaceName,
          // There is no active server before the bootstrap, and there is none without the address.
          annotations: {
            "pulumi.com/waitFor": "jsonpath={.status.loadBalancer.ingress[0].ip}",
            ...firewall(args.accessControl),
          },
        },
        spec: {
          type: "LoadBalancer",
          // The metrics listener stays inside: whoever reaches it needs no token.
          ports: [{ name: "https", port: vaultPorts.api, targetPort: vaultPorts.api }],
          selector: {
            "app.kubernetes.io/name": "vault",
            "app.kubernetes.io/instance": vaultNames.release,
            component: "server",
            "vault-active": "true",
          },
        },
      },
      { parent: this },
    );
    const ip = service.status.apply(({ loadBalancer }) => loadBalancer.ingress[0]?.ip ?? "");

    const certificate = new kubernetes.apiextensions.CustomResource(
      `${name}-certificate`,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: {
          name: vaultNames.tlsSecret,
          namespace: namespaceName,
          annotations: { "pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "300" },
        },
        spec: {
          secretName: vaultNames.tlsSecret,
          duration: goDuration(args.certificateLifetime),
          renewBefore: goDuration(`${Math.floor(seconds(args.certificateLifetime) / 3)}s`),
          privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
          usages: ["digital signature", "key encipherment", "server auth"],
          dnsNames: serverDnsNames(vaultNames.namespace),
          ipAddresses: ["127.0.0.1", ip],
          issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: args.issuerName },
        },
      },
      { parent: this },
    );

    chartRelease(
      `${name}-release`,
      {
        chart: args.chart,
        releaseName: vaultNames.release,
        namespace: namespaceName,
        values: vaultValues(args, args.image),
        timeoutSeconds: 600,
        // A sealed server is not ready, and only a bootstrap that comes later can unseal it.
        skipAwait: true,
      },
      {
        parent: this,
        protect: args.protect,
        // The servers mount the certificate's Secret.
        dependsOn: certificate,
        hooks: { beforeUpdate: [refuseFewerServers(`${name}-fewer-servers`)] },
      },
    );

    this.address = pulumi.interpolate`https://${ip}:${vaultPorts.api}`;
    this.registerOutputs({ address: this.address });
  }
}

/**
 * Has Linode put a firewall in front of a load balancer.
 * Source: linode-cloud-controller-manager, docs/configuration/annotations.md.
 */
function firewall(accessControl: VaultServerSettings["accessControl"]): Record<string, string> {
  return accessControl === undefined
    ? {}
    : {
        "service.beta.kubernetes.io/linode-loadbalancer-firewall-acl": JSON.stringify({
          allowList: accessControl,
        }),
      };
}
