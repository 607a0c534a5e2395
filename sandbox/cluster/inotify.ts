import { readFile, readdir, readlink, writeFile } from "node:fs/promises";

const file = "/proc/sys/fs/inotify/max_user_instances";

/** Measured: containerd, kubelet and kube-proxy of a node hold 13 instances. */
const instancesPerNode = 14;

/** For control planes, and for pods and other programs that run as root. */
const reserve = 40;

/** Limit to set, or undefined if the present one is enough for so many more nodes beside the instances in use. */
export function inotifyLimit(present: number, inUse: number, nodes: number): number | undefined {
  const needed = inUse + nodes * instancesPerNode + reserve;
  return present >= needed ? undefined : Math.max(1024, needed);
}

/**
 * Raises this machine's limit of inotify instances for each user until the next boot, if it is too low to start so many
 * nodes: kubelets would end with "inotify_init: too many open files".
 * @param report Is told if the limit was raised.
 */
export async function ensureInotifyInstances(
  nodes: number,
  report: (message: string) => void,
): Promise<void> {
  const present = Number(await readFile(file, "utf8"));
  const inUse = await countInstances();
  const limit = inotifyLimit(present, inUse, nodes);
  if (limit !== undefined) {
    await writeFile(file, String(limit));
    report(
      `Raised fs.inotify.max_user_instances from ${String(present)} to ${String(limit)} until the next boot: ` +
        `${String(inUse)} are in use, and ${String(nodes)} nodes are to be started.`,
    );
  }
}

/** Inotify instances that the processes of this machine hold, whoever's they are: mostly root's. */
async function countInstances(): Promise<number> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry));
  const counts = await Promise.all(
    pids.map(async (pid) => {
      // A process that ends meanwhile holds nothing.
      const descriptors = await readdir(`/proc/${pid}/fd`).catch((): string[] => []);
      const links = await Promise.all(
        descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")),
      );
      return links.filter((link) => link === "anon_inode:inotify").length;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
