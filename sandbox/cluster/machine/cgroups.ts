import { mkdir, readFile, readdir, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A mounted hierarchy of control groups. */
export interface CgroupMount {
  /** Where it is mounted. */
  readonly path: string;
  /** `cgroup` for version 1, `cgroup2` for version 2. */
  readonly type: "cgroup" | "cgroup2";
}

/** Reads the cgroup hierarchies from the text of `/proc/self/mountinfo`. */
export function parseCgroupMounts(mountinfo: string): CgroupMount[] {
  return mountinfo.split("\n").flatMap((line): CgroupMount[] => {
    const [before = "", after = ""] = line.split(" - ");
    const path = before.split(" ")[4];
    const type = after.split(" ")[0];
    return path !== undefined && (type === "cgroup" || type === "cgroup2") ? [{ path, type }] : [];
  });
}

async function readCgroupMounts(): Promise<CgroupMount[]> {
  return parseCgroupMounts(await readFile("/proc/self/mountinfo", "utf8"));
}

/**
 * Makes a control group in every hierarchy, as the kubelet expects its root to exist.
 * @param group Path below the root of the hierarchies, such as `vfed-0a1b2c3d/lke1000-1001-5f`.
 */
export async function makeCgroup(group: string): Promise<void> {
  for (const mount of await readCgroupMounts()) {
    let parent = mount.path;
    for (const part of group.split("/")) {
      if (mount.type === "cgroup2") {
        await delegateControllers(parent);
      }
      parent = join(parent, part);
      await mkdir(parent, { recursive: true });
    }
    if (mount.type === "cgroup2") {
      await delegateControllers(parent);
    }
  }
}

/** Removes a control group and those below it; no process may be in them any more. */
export async function removeCgroup(group: string): Promise<void> {
  for (const mount of await readCgroupMounts()) {
    await removeTree(join(mount.path, group));
  }
}

/** Version 2 gives a group's children only the controllers that the group hands on. */
async function delegateControllers(folder: string): Promise<void> {
  const controllers = (await readFile(join(folder, "cgroup.controllers"), "utf8")).trim();
  for (const controller of controllers === "" ? [] : controllers.split(" ")) {
    await writeFile(join(folder, "cgroup.subtree_control"), `+${controller}`);
  }
}

async function removeTree(folder: string): Promise<void> {
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) {
        await removeTree(join(folder, entry.name));
      }
    }
    await rmdir(folder);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      throw error;
    }
  }
}
