import { operators } from "./operators.ts";
import type { Recording } from "./record.ts";
import { peerOutputs, recordRegion, stackName, type ShippedStack } from "./regions.ts";

/** Every setting that adds something to the program, so that the rules below are about everything it can register. */
export const everything = {
  cluster: {
    accessControl: { ipv4: ["203.0.113.7"] },
    pools: { batch: { type: "g6-dedicated-8", autoscaler: { min: 1, max: 5 } } },
  },
  vault: {
    operators,
    threshold: 2,
    seal: {
      type: "awskms",
      parameters: { region: "us-east-1" },
      credentials: { secretName: "vault-seal", variables: ["AWS_SECRET_ACCESS_KEY"], files: ["ca.pem"] },
    },
    consumers: { otel: ["otel/client"] },
  },
  // One that is linked, and one that is not up yet.
  peers: { "another-edge": {}, "late-edge": { stack: "organization/elsewhere/late-edge" } },
  delivery: {
    replicas: 3,
    storeNamespaces: ["payments"],
    existingNamespaces: [],
    syncedSecrets: {
      "client-ca": {
        namespace: "otel",
        path: "otel/client",
        destination: "client-ca",
        type: "kubernetes.io/tls",
        labels: { app: "gateway" },
        annotations: { "example.com/owner": "telemetry" },
        refreshAfter: "60s",
        restart: [{ kind: "StatefulSet", name: "gateway" }],
      },
    },
  },
  secretBackends: { aws: { type: "aws", region: "us-east-1" } },
  charts: { mirror: "https://charts.example.com" },
};

function secretsOf(stack: ShippedStack): object {
  return {
    "app/database": { home: stack, generated: {}, backends: ["aws"] },
    "app/flags": { writers: [stack, "another-edge"] },
  };
}

/** Records a shipped stack with everything in its settings, and changes of them, beside a peer that is up and one that is not. */
export function recordEverything(
  stack: ShippedStack,
  preview = false,
  changes: object = {},
): Promise<Recording> {
  return recordRegion(
    stack,
    preview,
    { ...everything, secrets: secretsOf(stack), ...changes },
    {
      [stackName("another-edge")]: peerOutputs(stack),
      "organization/elsewhere/late-edge": {},
    },
  );
}
