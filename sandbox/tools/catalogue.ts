/** Where a project publishes its programs. Placeholders: `{version}`, `{architecture}`; in addresses `{program}` too. */
export interface OfficialDownload {
  /** URL of an archive (`.zip`, or a tar with gzip), or of a single program if it contains `{program}`. */
  readonly url: string;
  /** URL of the SHA-256: a bare digest, or lines of digest and file name as `sha256sum` writes them. */
  readonly checksums: string;
  /** Folder of the programs in the archive, `.` for its root. Without meaning for single programs. */
  readonly folder: string;
  /** What the publisher calls an architecture, where it isn't Go's name. */
  readonly architectures?: Readonly<Record<string, string>>;
  /** Further programs of the archive that are kept if they are there. */
  readonly extras?: readonly string[];
}

/** How a tool is built from its Go module. The recipe is the folder `go/<tool>`. */
export interface GoBuild {
  /** Main packages; `.` is the recipe's own. */
  readonly packages: readonly string[];
  /** String variables that the linker sets: import path and name, and value. Placeholders: `{version}`, `{major}`, `{minor}`. */
  readonly variables: Readonly<Record<string, string>>;
  /** The package is one program that acts by the name it is called with, as each of the tool's programs. */
  readonly multiCall?: boolean;
  /**
   * Free space, in MiB, that a build without any Go cache takes for modules, compiled packages and result.
   * Measured: the modules of `go list -deps` unpacked and packed, the packages' part of the build cache, the programs
   * twice; rounded up.
   */
  readonly spaceMiB: number;
}

/** A program run that shows a tool's version. */
export interface VersionCheck {
  readonly program: string;
  readonly arguments: readonly string[];
  /** What the output contains. Placeholder: `{version}`. */
  readonly prints: string;
}

/** One tool: programs that have a version in common and come from one place. */
export interface Tool {
  /** Version without a leading v. */
  readonly version: string;
  /** Only regions with a Vault need it. */
  readonly onlyWithVault?: true;
  /** The Go module whose version in the recipe's go.mod is this tool's; absent where the recipe has no such module. */
  readonly module?: string;
  readonly programs: readonly string[];
  /** Absent for what is only published as a container image. */
  readonly download?: OfficialDownload;
  readonly build: GoBuild;
  /** After the tool was made all are run; the first of them whenever it is taken from the cache. */
  readonly checks: readonly [VersionCheck, ...VersionCheck[]];
}

/**
 * Every tool of the sandbox, those that take longest to build first.
 * Download locations: Kubernetes' "Install and Set Up kubectl on Linux"; the release pages of etcd (SHA256SUMS),
 * containerd (getting-started.md, Makefile) and the CNI plugins; helm.sh "Installing Helm"; pulumi.com "Available versions";
 * developer.hashicorp.com "Install Vault", "Install from binary"; releases.hashicorp.com for the Vault Secrets Operator.
 */
export const catalogue = {
  kubernetes: {
    version: "1.36.3",
    module: "k8s.io/kubernetes",
    programs: [
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kube-proxy",
      "kubelet",
      "kubeadm",
      "kubectl",
    ],
    download: {
      url: "https://dl.k8s.io/release/v{version}/bin/linux/{architecture}/{program}",
      checksums: "https://dl.k8s.io/release/v{version}/bin/linux/{architecture}/{program}.sha256",
      folder: ".",
    },
    build: {
      packages: ["."],
      // Without the numbers kubeadm takes itself for a version that is not to be used with the API server's.
      variables: {
        "k8s.io/component-base/version.gitVersion": "v{version}",
        "k8s.io/component-base/version.gitMajor": "{major}",
        "k8s.io/component-base/version.gitMinor": "{minor}",
      },
      multiCall: true,
      spaceMiB: 4500,
    },
    checks: [
      { program: "kubelet", arguments: ["--version"], prints: "Kubernetes v{version}" },
      { program: "kube-apiserver", arguments: ["--version"], prints: "Kubernetes v{version}" },
      { program: "kube-controller-manager", arguments: ["--version"], prints: "Kubernetes v{version}" },
      { program: "kube-scheduler", arguments: ["--version"], prints: "Kubernetes v{version}" },
      { program: "kube-proxy", arguments: ["--version"], prints: "Kubernetes v{version}" },
      { program: "kubeadm", arguments: ["version", "-o", "short"], prints: "v{version}" },
      { program: "kubectl", arguments: ["version", "--client"], prints: "Client Version: v{version}" },
    ],
  },
  vault: {
    version: "1.21.0",
    onlyWithVault: true,
    module: "github.com/hashicorp/vault",
    programs: ["vault"],
    download: {
      url: "https://releases.hashicorp.com/vault/{version}/vault_{version}_linux_{architecture}.zip",
      checksums: "https://releases.hashicorp.com/vault/{version}/vault_{version}_SHA256SUMS",
      folder: ".",
    },
    // A build's version is in a file of the module itself, so the linker has none to set.
    build: { packages: ["github.com/hashicorp/vault"], variables: {}, spaceMiB: 6000 },
    checks: [{ program: "vault", arguments: ["version"], prints: "Vault v{version}" }],
  },
  "external-secrets": {
    version: "0.20.4",
    onlyWithVault: true,
    module: "github.com/external-secrets/external-secrets",
    programs: ["external-secrets"],
    build: { packages: ["."], variables: {}, spaceMiB: 5600 },
    checks: [
      { program: "external-secrets", arguments: ["--version"], prints: "external-secrets v{version}" },
    ],
  },
  pulumi: {
    version: "3.258.0",
    module: "github.com/pulumi/pulumi/pkg/v3",
    programs: ["pulumi"],
    download: {
      url: "https://get.pulumi.com/releases/sdk/pulumi-v{version}-linux-{architecture}.tar.gz",
      checksums: "https://get.pulumi.com/releases/sdk/pulumi-{version}-checksums.txt",
      folder: "pulumi",
      architectures: { amd64: "x64" },
      extras: ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs", "pulumi-analyzer-policy"],
    },
    build: {
      packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
      // The Automation API refuses a CLI that does not tell its version.
      variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "v{version}" },
      spaceMiB: 3500,
    },
    checks: [{ program: "pulumi", arguments: ["version"], prints: "v{version}" }],
  },
  "vault-secrets-operator": {
    version: "0.10.0",
    onlyWithVault: true,
    module: "github.com/hashicorp/vault-secrets-operator",
    programs: ["vault-secrets-operator"],
    download: {
      url: "https://releases.hashicorp.com/vault-secrets-operator/{version}/vault-secrets-operator_{version}_linux_{architecture}.zip",
      checksums:
        "https://releases.hashicorp.com/vault-secrets-operator/{version}/vault-secrets-operator_{version}_SHA256SUMS",
      folder: ".",
    },
    build: {
      packages: ["github.com/hashicorp/vault-secrets-operator"],
      variables: { "github.com/hashicorp/vault-secrets-operator/internal/version.GitVersion": "{version}" },
      spaceMiB: 2500,
    },
    checks: [
      {
        program: "vault-secrets-operator",
        arguments: ["--version", "--output=json"],
        prints: '"gitVersion": "{version}"',
      },
    ],
  },
  "cert-manager": {
    version: "1.11.5",
    module: "github.com/cert-manager/cert-manager",
    programs: ["controller", "webhook", "cainjector", "ctl"],
    build: {
      packages: ["."],
      variables: { "github.com/cert-manager/cert-manager/pkg/util.AppVersion": "v{version}" },
      multiCall: true,
      spaceMiB: 3300,
    },
    checks: [{ program: "ctl", arguments: ["version", "--client", "--short"], prints: "v{version}" }],
  },
  helm: {
    version: "3.22.0",
    module: "helm.sh/helm/v3",
    programs: ["helm"],
    download: {
      url: "https://get.helm.sh/helm-v{version}-linux-{architecture}.tar.gz",
      checksums: "https://get.helm.sh/helm-v{version}-linux-{architecture}.tar.gz.sha256sum",
      folder: "linux-{architecture}",
    },
    build: {
      packages: ["helm.sh/helm/v3/cmd/helm"],
      // The version of Kubernetes that charts see where helm is not told any: the one of helm's client library.
      variables: {
        "helm.sh/helm/v3/internal/version.version": "v{version}",
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
        "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": "37",
      },
      spaceMiB: 1400,
    },
    checks: [{ program: "helm", arguments: ["version", "--short"], prints: "v{version}" }],
  },
  containerd: {
    version: "2.2.1",
    module: "github.com/containerd/containerd/v2",
    programs: ["containerd", "containerd-shim-runc-v2", "ctr"],
    download: {
      // The other archive of a release is linked with a glibc that is newer than Debian 12's.
      url: "https://github.com/containerd/containerd/releases/download/v{version}/containerd-static-{version}-linux-{architecture}.tar.gz",
      checksums:
        "https://github.com/containerd/containerd/releases/download/v{version}/containerd-static-{version}-linux-{architecture}.tar.gz.sha256sum",
      folder: "bin",
    },
    build: {
      packages: [
        "github.com/containerd/containerd/v2/cmd/containerd",
        "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
        "github.com/containerd/containerd/v2/cmd/ctr",
      ],
      variables: { "github.com/containerd/containerd/v2/version.Version": "v{version}" },
      spaceMiB: 1300,
    },
    checks: [
      { program: "containerd", arguments: ["--version"], prints: "v{version}" },
      { program: "containerd-shim-runc-v2", arguments: ["-v"], prints: "v{version}" },
      { program: "ctr", arguments: ["--version"], prints: "v{version}" },
    ],
  },
  coredns: {
    version: "1.14.6",
    module: "github.com/coredns/coredns",
    programs: ["coredns"],
    build: { packages: ["."], variables: {}, spaceMiB: 1000 },
    checks: [{ program: "coredns", arguments: ["-version"], prints: "CoreDNS-{version}" }],
  },
  "kube-rbac-proxy": {
    version: "0.18.1",
    onlyWithVault: true,
    module: "github.com/brancz/kube-rbac-proxy",
    programs: ["kube-rbac-proxy"],
    build: {
      packages: ["github.com/brancz/kube-rbac-proxy/cmd/kube-rbac-proxy"],
      variables: {
        "k8s.io/component-base/version.gitVersion": "v{version}",
        "k8s.io/component-base/version/verflag.programName": "kube-rbac-proxy",
      },
      spaceMiB: 1600,
    },
    checks: [{ program: "kube-rbac-proxy", arguments: ["--version"], prints: "kube-rbac-proxy v{version}" }],
  },
  etcd: {
    version: "3.6.8",
    module: "go.etcd.io/etcd/server/v3",
    programs: ["etcd"],
    download: {
      url: "https://github.com/etcd-io/etcd/releases/download/v{version}/etcd-v{version}-linux-{architecture}.tar.gz",
      checksums: "https://github.com/etcd-io/etcd/releases/download/v{version}/SHA256SUMS",
      folder: "etcd-v{version}-linux-{architecture}",
    },
    build: { packages: ["."], variables: {}, spaceMiB: 700 },
    checks: [{ program: "etcd", arguments: ["--version"], prints: "etcd Version: {version}" }],
  },
  cni: {
    version: "1.9.1",
    module: "github.com/containernetworking/plugins",
    programs: ["host-local", "loopback", "ptp"],
    download: {
      url: "https://github.com/containernetworking/plugins/releases/download/v{version}/cni-plugins-linux-{architecture}-v{version}.tgz",
      checksums:
        "https://github.com/containernetworking/plugins/releases/download/v{version}/cni-plugins-linux-{architecture}-v{version}.tgz.sha256",
      folder: ".",
    },
    build: {
      packages: [
        "github.com/containernetworking/plugins/plugins/ipam/host-local",
        "github.com/containernetworking/plugins/plugins/main/loopback",
        "github.com/containernetworking/plugins/plugins/main/ptp",
      ],
      variables: {
        "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion": "v{version}",
      },
      spaceMiB: 200,
    },
    checks: [
      { program: "host-local", arguments: [], prints: "CNI host-local plugin v{version}" },
      { program: "loopback", arguments: [], prints: "CNI loopback plugin v{version}" },
      { program: "ptp", arguments: [], prints: "CNI ptp plugin v{version}" },
    ],
  },
  pause: {
    version: "3.10",
    programs: ["pause"],
    build: { packages: ["."], variables: { "main.version": "{version}" }, spaceMiB: 100 },
    checks: [{ program: "pause", arguments: ["-v"], prints: "pause {version}" }],
  },
} as const satisfies Record<string, Tool>;

/** Name of a tool of the catalogue. */
export type ToolName = keyof typeof catalogue;

/** Name of a program that some tool of the catalogue always provides. */
export type ProgramName = (typeof catalogue)[ToolName]["programs"][number];

/** All tools of the catalogue, in its order. */
export const toolNames = Object.keys(catalogue) as ToolName[];

/** The tools of a sandbox, in the catalogue's order: all of them, or those that regions without a Vault need. */
export function toolsOf({ vault }: { readonly vault: boolean }): readonly ToolName[] {
  return toolNames.filter((name) => vault || !("onlyWithVault" in catalogue[name]));
}

/**
 * Fills in the placeholders of a template of the catalogue.
 * @throws Error for a placeholder without a value: the catalogue is wrong.
 */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) {
      throw new Error(
        `The template ${template} has the placeholder ${placeholder}, which has no value here.`,
      );
    }
    return value;
  });
}
