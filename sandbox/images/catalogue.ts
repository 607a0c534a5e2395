import { catalogue, type ProgramName, type ToolName } from "../tools/catalogue.ts";

/** Programs of one tool as one layer: images that share a tool share the layer. */
export interface ToolLayer {
  readonly tool: ToolName;
  /** Absolute path in the image of each program. */
  readonly programs: Readonly<Partial<Record<ProgramName, string>>>;
}

/** A container image made from tools. Its lowest layer is always the base: busybox, users, folders. */
export interface ImageDefinition {
  /** Registry, repository and tag, exactly as charts and manifests ask for them. */
  readonly reference: string;
  readonly layer: ToolLayer;
  readonly entrypoint: readonly [string, ...string[]];
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

/** Every image that the registry serves. */
export const images: readonly ImageDefinition[] = [
  pauseImage,
  corednsImage,
  certManagerImage("controller"),
  certManagerImage("webhook"),
  certManagerImage("cainjector"),
  certManagerImage("ctl"),
];
