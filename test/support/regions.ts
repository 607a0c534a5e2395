import { readFileSync } from "node:fs";

import { parse } from "yaml";

import { record, type Recording } from "./record.ts";

/** A stack that ships with the project. */
export type ShippedStack = "hub" | "edge";

const kubeconfig = "apiVersion: v1\nkind: Config\n";

/** What the Linode API offers, as far as the program asks. */
export const offer = {
  "linode:index/getRegions:getRegions": {
    id: "regions",
    regions: ["us-ord", "fr-par"].map((id) => ({ id, capabilities: ["Kubernetes"] })),
  },
  "linode:index/getLkeVersions:getLkeVersions": {
    id: "versions",
    versions: ["1.35", "1.34"].map((id) => ({ id, tier: "standard" })),
  },
};

/** The configuration of a shipped stack file, as the engine hands it over. */
export function shippedConfig(stack: ShippedStack): Record<string, string> {
  const file = new URL(`../../Pulumi.${stack}.yaml`, import.meta.url);
  const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/** Runs the program with a shipped stack file and some properties of one's own on top. */
export function recordRegion(
  stack: ShippedStack,
  preview: boolean,
  changes: Readonly<Record<string, string>> = {},
): Promise<Recording> {
  process.env.LINODE_TOKEN = "not-used-without-an-engine";
  return record({
    stack,
    preview,
    config: { ...shippedConfig(stack), ...changes },
    invokes: offer,
    outputsOf: (type) => {
      if (preview) {
        return {};
      }
      switch (type) {
        case "linode:index/lkeCluster:LkeCluster":
          return {
            kubeconfig: Buffer.from(kubeconfig).toString("base64"),
            apiEndpoints: ["https://api.example.test:443"],
          };
        case "pulumi-nodejs:dynamic/vault-federation:CaBundle":
          return { certificate: "-----BEGIN CERTIFICATE-----\n" };
        default:
          return {};
      }
    },
  });
}
