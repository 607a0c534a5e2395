import { readFileSync } from "node:fs";

import { parse } from "yaml";

import { operators } from "./operators.ts";
import { record, type Recording } from "./record.ts";
import type { StackOutputs } from "./runtime.ts";

/** A stack that ships with the project. */
export type ShippedStack = "hub" | "edge";

/** The stacks that ship with the project. */
export const shippedStacks: readonly ShippedStack[] = ["hub", "edge"];

/** What the cloud gives to a cluster's administrator, as the tests have it. */
export const kubeconfig = "apiVersion: v1\nkind: Config\n";

/** What the region's root certificate is in the tests. */
export const caBundle = "-----BEGIN CERTIFICATE-----\n";

/** Address of the load balancer before Vault, as the tests have it. */
export const vaultIp = "203.0.113.9";

/** Key of the bootstrap's memory, as the tests have it: 32 zeros, in base64. */
export const journalKey = Buffer.alloc(32).toString("base64");

/** What is generated of a shared secret, as the tests have it. */
export const generatedPassword = "drawn-by-the-provider";

/** What the bootstrap of Vault leaves, as the tests have it. */
export const vaultOutcome = {
  clusterId: "0c5f8d3e-0000-4000-8000-000000000000",
  shares: operators.map(({ name }) => ({ fingerprint: `key of ${name}`, ciphertext: `share of ${name}` })),
  access: { roleId: "a-role-id", secretId: "a-secret-id" },
} as const;

/** What the Linode API offers, as far as the program asks. */
export const offer = {
  "linode:index/getRegions:getRegions": {
    id: "regions",
    regions: [
      { id: "us-ord", capabilities: ["Linodes", "Kubernetes"] },
      { id: "fr-par", capabilities: ["Kubernetes"] },
      { id: "us-east", capabilities: ["Linodes"] },
    ],
  },
  "linode:index/getLkeClusters:getLkeClusters": {
    id: "clusters",
    lkeClusters: [
      { id: 6, label: "free-de-fra-2" },
      { id: 7, label: "taken-us-ord" },
    ],
  },
  "linode:index/getLkeVersions:getLkeVersions": {
    id: "versions",
    versions: ["1.9", "1.34", "1.35"].map((id) => ({ id, tier: "standard" })),
  },
  "linode:index/getInstanceTypes:getInstanceTypes": {
    id: "types",
    types: [
      { id: "g6-nanode-1", class: "nanode" },
      { id: "g6-standard-4", class: "standard" },
      { id: "g6-standard-20", class: "standard" },
      { id: "g6-standard-6", class: "standard" },
      { id: "g6-dedicated-8", class: "dedicated" },
    ],
  },
};

/** The settings of a shipped stack file as they stand in it, by their full names. */
export function shippedFile(stack: ShippedStack): Record<string, unknown> {
  const file = new URL(`../../Pulumi.${stack}.yaml`, import.meta.url);
  const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  return config;
}

/** A stack's settings with what no shipped file can have: operators. */
export function withOperators(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const property = "vault-federation:vault";
  return { ...config, [property]: { ...(config[property] as object), operators } };
}

/** Properties by their names without the namespace, as the engine hands them over. */
export function engineConfig(properties: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [
      key.includes(":") ? key : `vault-federation:${key}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/**
 * Runs the program with a shipped stack file and operators. `changes` take the place of whole properties, except that
 * those of `cluster` are laid over the file's. `stacks` are the outputs of other stacks, and of this one's last update.
 */
export function recordRegion(
  stack: ShippedStack,
  preview = false,
  changes: Readonly<Record<string, unknown>> = {},
  stacks: StackOutputs = {},
): Promise<Recording> {
  process.env.LINODE_TOKEN = "not-used-without-an-engine";
  const file = withOperators(shippedFile(stack));
  const cluster = { ...(file["vault-federation:cluster"] as object), ...(changes.cluster as object) };
  return record({
    stack,
    preview,
    config: engineConfig({ ...file, ...engineConfig({ ...changes, cluster }) }),
    invokes: offer,
    stacks: { [stackName(stack)]: {}, ...stacks },
    outputsOf: (type) => (preview ? {} : cloudOutputs(type)),
  });
}

/** Full name of a stack of this project. */
export function stackName(stack: string): string {
  return `organization/vault-federation/${stack}`;
}

/** When the tests' tokens were made. */
export const tokenIssuedAt = "2026-11-01T12:00:00Z";

/** Who signs the tokens of service accounts, as the tests have it. */
export const signer = { issuer: "https://kubernetes.default.svc", keys: ["-----BEGIN PUBLIC KEY-----\n"] };

/** What a stack exports for its peer `reader` once it is up. */
export function peerOutputs(reader: string, changes: object = {}): Record<string, unknown> {
  return {
    vaultAddress: "https://198.51.100.7:8200",
    vaultCaBundle: "-----BEGIN CERTIFICATE-----\nof the peer\n",
    linkAuth: "token",
    serviceAccountIssuer: signer,
    [`peerToken_${reader}`]: { secret: "a-token-for-its-peer" },
    [`peerTokenIssue_${reader}`]: { number: 1, issuedAt: tokenIssuedAt },
    ...changes,
  };
}

function cloudOutputs(type: string): Record<string, unknown> {
  switch (type) {
    case "linode:index/lkeCluster:LkeCluster":
      return {
        kubeconfig: Buffer.from(kubeconfig).toString("base64"),
        apiEndpoints: ["https://api.example.test:443"],
      };
    case "pulumi-nodejs:dynamic/vault-federation:CaBundle":
      return { certificate: caBundle };
    case "kubernetes:core/v1:Service":
      return { status: { loadBalancer: { ingress: [{ ip: vaultIp }] } } };
    case "random:index/randomBytes:RandomBytes":
      return { base64: journalKey };
    case "pulumi-nodejs:dynamic/vault-federation:ServiceAccountKeys":
      return { signer };
    case "vault:index/token:Token":
      return { clientToken: "a-token-made-here", leaseStarted: tokenIssuedAt };
    case "random:index/randomPassword:RandomPassword":
      return { result: generatedPassword };
    case "pulumi-nodejs:dynamic/vault-federation:VaultBootstrap":
      return vaultOutcome;
    default:
      return {};
  }
}
