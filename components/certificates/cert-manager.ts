import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { goDuration, seconds, type Duration } from "../../config/rules.ts";
import type { CertManagerSettings } from "../../config/settings.ts";
import { chartRelease } from "../helm/chart-release.ts";
import type { Chart } from "../helm/charts.ts";
import { CaBundle } from "./ca-bundle.ts";
import { certManagerValues } from "./cert-manager-values.ts";

/** What {@link CertManager} needs. */
export interface CertManagerArgs extends Omit<CertManagerSettings, "rootLifetime"> {
  /** cert-manager's chart. */
  readonly chart: Chart;
  /** Life of the root certificate. A change reissues it with the same key. */
  readonly rootLifetime: Duration;
  /** Kubeconfig (YAML) of the cluster, to read the root certificate with. */
  readonly kubeconfig: pulumi.Input<string>;
}

const namespaceName = "cert-manager";
const rootSecretName = "root-ca";
const rootCommonName = "vault-federation root";

/** Makes `pulumi up` wait until cert-manager has dealt with a resource, for at most five minutes. */
const whenReady = { "pulumi.com/waitFor": "condition=Ready", "pulumi.com/timeoutSeconds": "300" };

/**
 * cert-manager and the region's private certificate authority. Creates, in this order: a namespace, the release, a
 * self-signed issuer, the root certificate, the issuer `ca` that signs with it, and the wait for the CA bundle.
 */
export class CertManager extends pulumi.ComponentResource {
  /** Name of the ClusterIssuer that signs the region's certificates; known when it can. */
  readonly issuerName: pulumi.Output<string>;
  /** The region's root certificate (PEM): whoever trusts it trusts everything that the region serves. */
  readonly caBundle: pulumi.Output<string>;

  constructor(name: string, args: CertManagerArgs, opts?: pulumi.ComponentResourceOptions) {
    // The kubeconfig stays out of what is recorded of the component itself.
    super("vault-federation:certificates:CertManager", name, { replicas: args.replicas }, opts);

    const namespace = new kubernetes.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: { name: namespaceName } },
      { parent: this },
    );

    const release = chartRelease(
      `${name}-release`,
      {
        chart: args.chart,
        releaseName: "cert-manager",
        namespace: namespace.metadata.name,
        values: certManagerValues(args.chart.version, args.replicas),
        timeoutSeconds: 600,
      },
      { parent: this },
    );

    const selfSigned = new kubernetes.apiextensions.CustomResource(
      `${name}-self-signed-issuer`,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "ClusterIssuer",
        metadata: { name: "self-signed", annotations: whenReady },
        spec: { selfSigned: {} },
      },
      // The chart brings the kind; its start-up check has seen the webhook answer.
      { parent: this, dependsOn: release },
    );

    const root = new kubernetes.apiextensions.CustomResource(
      `${name}-root-certificate`,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "Certificate",
        metadata: { name: rootSecretName, namespace: namespace.metadata.name, annotations: whenReady },
        spec: {
          isCA: true,
          commonName: rootCommonName,
          secretName: rootSecretName,
          duration: goDuration(args.rootLifetime),
          // A new key would leave every certificate that the old one signed without a trusted issuer.
          privateKey: { algorithm: "ECDSA", size: 384, rotationPolicy: "Never" },
          issuerRef: { group: "cert-manager.io", kind: "ClusterIssuer", name: selfSigned.metadata.name },
        },
      },
      { parent: this },
    );

    const authority = new kubernetes.apiextensions.CustomResource(
      `${name}-issuer`,
      {
        apiVersion: "cert-manager.io/v1",
        kind: "ClusterIssuer",
        metadata: { name: "ca", annotations: whenReady },
        spec: { ca: { secretName: rootSecretName } },
      },
      // The Secret that it names is made by the certificate.
      { parent: this, dependsOn: root },
    );

    const bundle = new CaBundle(
      `${name}-ca-bundle`,
      {
        kubeconfig: args.kubeconfig,
        namespace: namespace.metadata.name,
        secretName: rootSecretName,
        lifetimeSeconds: seconds(args.rootLifetime),
        timeoutSeconds: 300,
      },
      { parent: this, dependsOn: root },
    );

    this.issuerName = authority.metadata.name;
    this.caBundle = bundle.certificate;
    this.registerOutputs({ issuerName: this.issuerName, caBundle: this.caBundle });
  }
}
