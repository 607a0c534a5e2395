import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { writeKubeconfig } from "../api/kubeconfig.ts";
import type { Connection } from "../api/kubeconfig.ts";
import type { HelmSettings } from "../settings.ts";

/** Environment variable with the path of the helm binary; without it, `helm` is looked for on the PATH. */
export const HELM_VARIABLE = "SANDBOX_HELM";

/** The descriptor at which helm finds the kubeconfig. */
const KUBECONFIG_DESCRIPTOR = 3;

/** Milliseconds that helm has to write down where it stopped, after it was told to. */
const STOP_LIMIT = 10_000;

/**
 * Arguments of `setpriv`, before the number of this process and a command that is to be killed together with it, even by
 * a signal that can't be caught: a helm that went on alone would take away what the next run's puts there.
 */
const dyingWithUs = ["--pdeathsig", "KILL", "sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"'];

/** Exit code of a shell that can't find a command. */
const notFound = 127;

/** Runs of helm that have not ended; they must not go on when this process is gone. */
const running = new Set<ChildProcessWithoutNullStreams>();
process.on("exit", () => {
  for (const child of running) {
    child.kill("SIGKILL");
  }
});

/** helm ended with an error; the message is helm's own. */
export class HelmError extends Error {
  override readonly name = "HelmError";
}

/** How helm is run. */
export interface HelmOptions {
  readonly settings: HelmSettings;
  /** The cluster, for commands that speak to one. */
  readonly connection?: Connection;
  /** What helm reads from its standard input: the only way for values, which hold secrets. */
  readonly input?: string;
  readonly signal: AbortSignal;
}

/**
 * Runs helm and answers its standard output.
 * @throws HelmError with what it says if it fails, the signal's reason if aborted.
 */
export async function runHelm(args: readonly string[], options: HelmOptions): Promise<string> {
  options.signal.throwIfAborted();
  const kubeconfig =
    options.connection === undefined ? undefined : openUnlinked(writeKubeconfig(options.connection));
  try {
    return await run(args, options, kubeconfig);
  } finally {
    if (kubeconfig !== undefined) {
      closeSync(kubeconfig);
    }
  }
}

async function run(
  args: readonly string[],
  options: HelmOptions,
  kubeconfig: number | undefined,
): Promise<string> {
  const binary = process.env[HELM_VARIABLE] ?? "helm";
  // Node's types know three streams only.
  const child = spawn("setpriv", [...dyingWithUs, String(process.pid), binary, ...args], {
    env: environmentOf(options.settings, kubeconfig !== undefined),
    stdio: ["pipe", "pipe", "pipe", kubeconfig ?? "ignore"],
  }) as ChildProcessWithoutNullStreams;
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      const problem = error.code === "ENOENT" ? "setpriv was not found; install util-linux" : error.message;
      reject(new Error(`helm can't be started: ${problem}`));
    });
    child.on("close", (code) => {
      if (code === notFound) {
        reject(
          new Error(
            `helm can't be started: ${binary} was not found; install helm 3, or set ${HELM_VARIABLE} to its path`,
          ),
        );
      } else {
        resolve(code);
      }
    });
  });
  running.add(child);
  const stop = () => {
    child.kill("SIGINT");
    setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT).unref();
  };
  options.signal.addEventListener("abort", stop, { once: true });
  // A helm that fails early closes its input before everything is written; it says why by itself.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  try {
    const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    options.signal.throwIfAborted();
    if (code !== 0) {
      throw new HelmError(cleanMessage(errors));
    }
    return output;
  } finally {
    options.signal.removeEventListener("abort", stop);
    running.delete(child);
  }
}

/** The environment of helm: the user's own, but no other cluster than the provider's. */
function environmentOf(settings: HelmSettings, speaksToCluster: boolean): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(?:HELM_KUBE|HELM_DEBUG|KUBECONFIG)/u.test(name),
  );
  const own = {
    HELM_DRIVER: settings.driver,
    HELM_PLUGINS: settings.pluginsPath,
    HELM_REGISTRY_CONFIG: settings.registryConfigPath,
    HELM_REPOSITORY_CONFIG: settings.repositoryConfigPath,
    HELM_REPOSITORY_CACHE: settings.repositoryCache,
    // Opened through /proc, a file can be read from its start again and again.
    KUBECONFIG: speaksToCluster ? `/proc/self/fd/${String(KUBECONFIG_DESCRIPTOR)}` : "/dev/null",
  };
  const set = Object.entries(own).filter(([, value]) => value !== undefined);
  return Object.fromEntries([...inherited, ...set]);
}

/** Opens a file that has no name any more: whatever happens to this process, nothing stays on the disk. */
function openUnlinked(contents: string): number {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-kubernetes-"));
  try {
    const path = join(folder, "kubeconfig");
    writeFileSync(path, "", { mode: 0o600 });
    const descriptor = openSync(path, "r+");
    rmSync(path);
    writeFileSync(descriptor, contents);
    return descriptor;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What helm says, without its prefixes and the warnings before. */
function cleanMessage(errors: string): string {
  const lines = errors.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("WARNING:"));
  const start = lines.findIndex((line) => line.startsWith("Error:"));
  return (start === -1 ? lines : lines.slice(start))
    .join(" ")
    .replace(/^Error:\s*/u, "")
    .replace(/^(?:INSTALLATION|UPGRADE) FAILED:\s*/u, "");
}
