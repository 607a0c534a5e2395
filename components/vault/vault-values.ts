import {
  credentialsFolder,
  type SealSettings,
  type VaultServerSettings,
} from "../../config/vault-settings.ts";
import { reloadScript } from "./certificate-reload.ts";

/** Names that the chart derives from the release's, and that everything around it relies on. */
export const vaultNames = {
  release: "vault",
  namespace: "vault",
  tlsSecret: "vault-server-tls",
  /** Whom a joining server expects; one of the certificate's names. */
  tlsServerName: "vault",
} as const;

/** Ports of a server's listeners. */
export const vaultPorts = {
  /** Vault's API; the chart has it so. */
  api: 8200,
  /** The servers among themselves; the chart has it so. */
  cluster: 8201,
  /** Vault's API once more, which tells metrics without a token: no Service leads there. */
  metrics: 8210,
} as const;

/** Address of the active server for pods; the other Services lead to servers that may be sealed, too. */
export const activeServerAddress = `https://vault-active.${vaultNames.namespace}.svc.cluster.local:${vaultPorts.api}`;

const tlsFolder = "/vault/userconfig/vault-server-tls";

/** Hosts under which a Vault server is reached inside the cluster. Source: the chart's Service names. */
export function serverDnsNames(namespace: string): string[] {
  const services = ["vault", "vault-active", "vault-standby"];
  return [
    ...services.flatMap((service) => [
      service,
      `${service}.${namespace}`,
      `${service}.${namespace}.svc`,
      `${service}.${namespace}.svc.cluster.local`,
    ]),
    "*.vault-internal",
    `*.vault-internal.${namespace}.svc.cluster.local`,
    "localhost",
  ];
}

/**
 * Configuration of Vault (HCL): TLS everywhere, Raft whose servers find each other by their pods' names.
 * Source: developer.hashicorp.com/vault/docs/configuration; `disable_mlock` must be stated with Raft since 1.20.
 */
export function vaultConfiguration(replicas: number, seal: SealSettings): string {
  const joins = Array.from({ length: replicas }, (_, index) =>
    block("retry_join", {
      leader_api_addr: `https://vault-${index}.vault-internal:${vaultPorts.api}`,
      leader_ca_cert_file: `${tlsFolder}/ca.crt`,
      leader_tls_servername: vaultNames.tlsServerName,
    }),
  );
  return [
    "ui = false",
    "disable_mlock = true",
    listener(`[::]:${vaultPorts.api}`, `[::]:${vaultPorts.cluster}`),
    // Each listener has a cluster address, by default the port behind its own: nobody shall come that way.
    listener(`[::]:${vaultPorts.metrics}`, `127.0.0.1:${vaultPorts.metrics + 1}`, [
      block("telemetry", { unauthenticated_metrics_access: true }),
    ]),
    block('storage "raft"', { path: "/vault/data" }, joins),
    block('service_registration "kubernetes"', {}),
    block("telemetry", { prometheus_retention_time: "30s", disable_hostname: true }),
    ...(seal.type === "shamir" ? [] : [block(`seal "${seal.type}"`, seal.parameters)]),
    "",
  ].join("\n\n");
}

function listener(address: string, clusterAddress: string, blocks: readonly string[] = []): string {
  return block(
    'listener "tcp"',
    {
      address,
      cluster_address: clusterAddress,
      tls_cert_file: `${tlsFolder}/tls.crt`,
      tls_key_file: `${tlsFolder}/tls.key`,
      tls_min_version: "tls12",
    },
    blocks,
  );
}

function block(
  head: string,
  attributes: Readonly<Record<string, string | boolean>>,
  blocks: readonly string[] = [],
): string {
  const lines = [
    ...Object.entries(attributes).map(([name, value]) => `${name} = ${JSON.stringify(value)}`),
    ...blocks,
  ];
  return lines.length === 0 ? `${head} {}` : `${head} {\n${lines.join("\n").replace(/^/gm, "  ")}\n}`;
}

/**
 * Values of the official chart. Source: values.yaml of vault-helm 0.32.
 */
export function vaultValues(
  settings: Pick<VaultServerSettings, "replicas" | "storage" | "seal">,
  image: { readonly repository: string; readonly tag: string },
): Record<string, unknown> {
  const { replicas, storage, seal } = settings;
  const volumeMounts = [{ name: "vault-server-tls", mountPath: tlsFolder, readOnly: true }];
  const sealFiles = sealCredentialFiles(seal);
  return {
    global: { tlsDisable: false },
    injector: { enabled: false },
    csi: { enabled: false },
    ui: { enabled: false },
    server: {
      image,
      updateStrategyType: "OnDelete",
      // Vault reads its configuration when it starts: so a change of it alone, too, makes the running pods outdated.
      includeConfigAnnotation: true,
      resources: {
        requests: { cpu: "100m", memory: "256Mi" },
        limits: { memory: "1Gi" },
      },
      // The chart's own probe starts Vault's program, hundreds of megabytes, every five seconds on each server.
      readinessProbe: { path: "/v1/sys/health?standbyok=true" },
      extraEnvironmentVars: { VAULT_CACERT: `${tlsFolder}/ca.crt` },
      extraSecretEnvironmentVars: (seal.credentials?.variables ?? []).map((name) => ({
        envName: name,
        secretName: seal.credentials?.secretName,
        secretKey: name,
      })),
      volumes: [
        { name: "vault-server-tls", secret: { secretName: vaultNames.tlsSecret } },
        ...sealFiles.map(({ volume }) => volume),
      ],
      volumeMounts: [...volumeMounts, ...sealFiles.map(({ mount }) => mount)],
      // The container below sends Vault a signal, so it must see its process.
      shareProcessNamespace: true,
      extraContainers: [
        {
          name: "certificate-reload",
          image: `${image.repository}:${image.tag}`,
          command: [
            "/bin/sh",
            "-c",
            reloadScript({ certificate: `${tlsFolder}/tls.crt`, port: vaultPorts.api }),
          ],
          resources: { requests: { cpu: "5m", memory: "8Mi" }, limits: { memory: "32Mi" } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          volumeMounts,
        },
      ],
      dataStorage: { enabled: true, size: `${storage.dataGiB}Gi`, storageClass: storage.storageClass },
      auditStorage: { enabled: true, size: `${storage.auditGiB}Gi`, storageClass: storage.storageClass },
      standalone: { enabled: false },
      ha: {
        enabled: true,
        replicas,
        disruptionBudget: { enabled: true },
        raft: { enabled: true, setNodeId: true, config: vaultConfiguration(replicas, seal) },
      },
    },
  };
}

/** The volume with the files that a seal's key service is reached with; none where it takes no files. */
function sealCredentialFiles({ credentials }: SealSettings): { volume: object; mount: object }[] {
  if (credentials === undefined || credentials.files.length === 0) {
    return [];
  }
  const name = "seal-credentials";
  const { secretName, files } = credentials;
  return [
    {
      volume: { name, secret: { secretName, items: files.map((key) => ({ key, path: key })) } },
      mount: { name, mountPath: `${credentialsFolder}/${secretName}`, readOnly: true },
    },
  ];
}
