import type { SharedSecretsSettings, SharedSecretSettings } from "../../config/shared-secrets-settings.ts";
import { externalSecretsNames } from "../delivery/external-secrets-values.ts";
import type { LocalSecretPaths } from "../vault/policies.ts";

/** Namespace whose Secrets are what people and Pulumi write; nobody consumes them. */
export const { sourcesNamespace } = externalSecretsNames;

/** First segments of paths that shared secrets may not begin with, and why. */
export const reservedSegments: Readonly<Record<string, string>> = {
  shared: "the parts of secrets with several writers are there",
  "peer-tokens": "the tokens of peers are there",
  // The operator takes the mount's name off the front of a path, wherever it stands there.
  secret: "it is the name of the mount",
};

/** The folder of a secret's parts: each of its writers has one part there, and writes no other. */
export function partsFolder(path: string): string {
  return `shared/${path}`;
}

/** Where one region writes its part of a secret with several writers, in every Vault. */
export function partPath(path: string, region: string): string {
  return `${partsFolder(path)}/${region}`;
}

/** Name of a secret's Kubernetes objects. Paths have no dots, so that each has a name of its own. */
export function objectName(path: string): string {
  return path.replaceAll("/", ".");
}

/**
 * Labels by which pushes find the Secret of a name. One that they look for by its name alone would be an error while it is
 * not there yet, and External Secrets tries those again ever more rarely.
 */
export function secretLabels(name: string): Record<string, string> {
  return { [nameLabel]: name };
}

/** Label that the Secrets of shared secrets have, and no other Secret beside them. */
export const nameLabel = "vault-federation/name";

/** The regions that may write a secret. */
export function writersOf({ home, writers }: SharedSecretSettings): readonly string[] {
  return home === undefined ? (writers ?? []) : [home];
}

/** Whether a region's Vault is to hold a secret. A writer's does in any case. */
export function isHeldBy(secret: SharedSecretSettings, region: string): boolean {
  return (
    secret.regions === undefined || secret.regions.includes(region) || writersOf(secret).includes(region)
  );
}

/**
 * The paths that a region may write in another region's Vault, and in its own: those of the secrets it is the home of,
 * and its parts of those with several writers. Exact paths, sorted.
 */
export function writablePaths(secrets: SharedSecretsSettings, region: string): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => writersOf(secret).includes(region))
    .map(([path, { home }]) => (home === undefined ? partPath(path, region) : path))
    .sort();
}

/**
 * The paths that a region writes in its own Vault alone: the results of the secrets with several writers. No peer may
 * write them. Exact paths, sorted.
 */
export function resultPaths(secrets: SharedSecretsSettings, region: string): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => secret.home === undefined && isHeldBy(secret, region))
    .map(([path]) => path)
    .sort();
}

/**
 * The paths that a region's own operator must read, and list, to find the parts of the secrets with several writers:
 * `shared/<path>/*` each, sorted. What it writes it must be able to read too, in order to see what is there.
 */
export function readablePaths(secrets: SharedSecretsSettings, region: string): string[] {
  return resultPaths(secrets, region).map((path) => `${partsFolder(path)}/*`);
}

/** What a region's own operator does in the region's Vault. */
export function localSecretPaths(secrets: SharedSecretsSettings, region: string): LocalSecretPaths {
  const parts = readablePaths(secrets, region);
  return {
    writes: [...writablePaths(secrets, region), ...resultPaths(secrets, region)],
    reads: parts,
    lists: parts,
  };
}

/** The paths that a peer may write in a region's Vault: of what the Vault is to hold, what the peer writes. */
export function peerSecretPaths(secrets: SharedSecretsSettings, region: string, peer: string): string[] {
  const held = Object.entries(secrets).filter(([, secret]) => isHeldBy(secret, region));
  return writablePaths(Object.fromEntries(held), peer);
}
