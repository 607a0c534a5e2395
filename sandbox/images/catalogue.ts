import { join } from "node:path";
import { catalogue, type ProgramName, type ToolName } from "../tools/catalogue.ts";
import { accountEntries } from "./base.ts";
import type { LayerEntry } from "./layer.ts";

/** Programs of one tool as one layer: images that share a tool share the layer. */
export interface ToolLayer {
  readonly tool: ToolName;
  /** Absolute path in the image of each program. */
  readonly programs: Readonly<Partial<Record<ProgramName, string>>>;
  /** Absolute path in the image of the files of a folder of the tool's Go module, by the folder's path there. */
  readonly moduleFolders?: Readonly<Record<string, string>>;
  /** What the image has besides the programs; it takes the place of what the base has under the same path. */
  readonly files?: readonly LayerEntry[];
}

/** A container image made from tools. Its lowest layer is always the base: busybox, users, folders. */
export interface ImageDefinition {
  /** Registry, repository and tag, exactly as charts and manifests ask for them. */
  readonly reference: string;
  readonly layer: ToolLayer;
  readonly entrypoint: readonly [string, ...string[]];
  /** Arguments of the entry point where a pod gives none. */
  readonly arguments?: readonly string[];
  /**
   * User and group in numbers. Kubernetes refuses to start an image without a numeric user as `runAsNonRoot`.
   */
  readonly user: string;
}

const certManagerVersion = `v${catalogue["cert-manager"].version}`;

/** Paths and user of cert-manager's own images (hack/containers in its repository). */
const certManagerLayer = {
  tool: "cert-manager",
  programs: {
    controller: "/app/cmd/controller/controller",
    webhook: "/app/cmd/webhook/webhook",
    cainjector: "/app/cmd/cainjector/cainjector",
    ctl: "/app/cmd/ctl/ctl",
  },
} as const satisfies ToolLayer;

function certManagerImage(program: keyof typeof certManagerLayer.programs): ImageDefinition {
  return {
    reference: `quay.io/jetstack/cert-manager-${program}:${certManagerVersion}`,
    layer: certManagerLayer,
    entrypoint: [certManagerLayer.programs[program]],
    user: "1000",
  };
}

/** The image that holds a pod's namespaces; containerd's configuration names it. */
export const pauseImage: ImageDefinition = {
  reference: `registry.k8s.io/pause:${catalogue.pause.version}`,
  layer: { tool: "pause", programs: { pause: "/pause" } },
  entrypoint: ["/pause"],
  user: "65535:65535",
};

/**
 * The cluster's DNS server; the manifest of the add-on names it. As in the official image it runs as a user without
 * rights; it may listen on port 53 because containerd lowers `net.ipv4.ip_unprivileged_port_start` in pods.
 */
export const corednsImage: ImageDefinition = {
  reference: `registry.k8s.io/coredns/coredns:v${catalogue.coredns.version}`,
  layer: { tool: "coredns", programs: { coredns: "/coredns" } },
  entrypoint: ["/coredns"],
  user: "65532:65532",
};

/** User and group 100:1000, which the chart's pods run as. */
const vaultAccount = {
  name: "vault",
  uid: 100,
  gid: 1000,
  home: "/home/vault",
  shell: "/bin/false",
} as const;
const vaultFolders = [
  vaultAccount.home,
  "/vault",
  ...["audit", "config", "data", "file", "logs"].map((name) => `/vault/${name}`),
];
const vaultFiles = join(import.meta.dirname, "vault");
const vaultEntrypoint = "/usr/local/bin/docker-entrypoint.sh";

/**
 * Vault's servers, laid out like the official image (Dockerfile and .release/docker in Vault's repository), so that the
 * official chart runs on it. Like that one it starts as root, and the entry point leaves root's rights behind.
 */
export const vaultImage: ImageDefinition = {
  reference: `docker.io/hashicorp/vault:${catalogue.vault.version}`,
  layer: {
    tool: "vault",
    programs: { vault: "/bin/vault" },
    files: [
      ...accountEntries([vaultAccount]),
      ...vaultFolders.map((path): LayerEntry => ({
        path,
        kind: "folder",
        mode: 0o755,
        owner: { uid: vaultAccount.uid, gid: vaultAccount.gid },
      })),
      { path: vaultEntrypoint, kind: "program", file: join(vaultFiles, "docker-entrypoint.sh") },
      { path: "/usr/bin/pkill", kind: "program", file: join(vaultFiles, "pkill") },
    ],
  },
  entrypoint: [vaultEntrypoint],
  arguments: ["server", "-dev"],
  user: "0:0",
};

const operatorProgram = "/vault-secrets-operator";

/**
 * The Vault Secrets Operator, laid out like the official image (Dockerfile in its repository): by the name of
 * `/scripts/upgrade-crds` the program replaces the custom resource definitions with those beside it.
 */
export const vaultSecretsOperatorImage: ImageDefinition = {
  reference: `docker.io/hashicorp/vault-secrets-operator:${catalogue["vault-secrets-operator"].version}`,
  layer: {
    tool: "vault-secrets-operator",
    programs: { "vault-secrets-operator": operatorProgram },
    moduleFolders: { "chart/crds": "/scripts/crds" },
    files: [{ path: "/scripts/upgrade-crds", kind: "symlink", target: operatorProgram }],
  },
  entrypoint: [operatorProgram],
  user: "65532:65532",
};

/** The second container of the Vault Secrets Operator's pod, before its metrics; the chart can't do without. */
const kubeRbacProxyImage: ImageDefinition = {
  reference: `quay.io/brancz/kube-rbac-proxy:v${catalogue["kube-rbac-proxy"].version}`,
  layer: { tool: "kube-rbac-proxy", programs: { "kube-rbac-proxy": "/usr/local/bin/kube-rbac-proxy" } },
  entrypoint: ["/usr/local/bin/kube-rbac-proxy"],
  user: "65532:65532",
};

/** All three programs of the External Secrets Operator, which are one with subcommands. */
const externalSecretsImage: ImageDefinition = {
  reference: `oci.external-secrets.io/external-secrets/external-secrets:v${catalogue["external-secrets"].version}`,
  layer: { tool: "external-secrets", programs: { "external-secrets": "/bin/external-secrets" } },
  entrypoint: ["/bin/external-secrets"],
  user: "65534",
};

/** Every image that the registry serves. */
export const images: readonly ImageDefinition[] = [
  pauseImage,
  corednsImage,
  certManagerImage("controller"),
  certManagerImage("webhook"),
  certManagerImage("cainjector"),
  certManagerImage("ctl"),
  vaultImage,
  vaultSecretsOperatorImage,
  kubeRbacProxyImage,
  externalSecretsImage,
];

/** The images of these tools. */
export function imagesOf(tools: readonly ToolName[]): readonly ImageDefinition[] {
  return images.filter(({ layer }) => tools.includes(layer.tool));
}
