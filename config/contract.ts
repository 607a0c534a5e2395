import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "./settings.ts";

/**
 * What a stack tells the outside: people, and the stacks of other regions. The names are a contract between stacks
 * that are updated at different times; a name that is here once keeps its meaning.
 */
export interface RegionOutputs {
  /** `hub` or `edge`. */
  readonly role: Settings["role"];
  /** Linode region. */
  readonly region: string;
  /** LKE's id of the cluster. */
  readonly kubernetesClusterId: pulumi.Output<string>;
  /** Addresses of the Kubernetes API. */
  readonly kubernetesEndpoints: pulumi.Output<string[]>;
  /** Kubeconfig (YAML) of a cluster administrator. Secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** The region's root certificate (PEM). */
  readonly caBundle: pulumi.Output<string>;
}

const secretOutputs: ReadonlySet<keyof RegionOutputs> = new Set(["kubeconfig"]);

/** Prepares a region's outputs for export. Those that must be secret are, whatever became of the mark on their way. */
export function publish(outputs: RegionOutputs): Record<keyof RegionOutputs, unknown> {
  const marked = Object.entries(outputs).map(([name, value]) => [
    name,
    secretOutputs.has(name as keyof RegionOutputs) ? pulumi.secret(value) : (value as unknown),
  ]);
  return Object.fromEntries(marked) as Record<keyof RegionOutputs, unknown>;
}
