import { runCommand } from "../tools/command.ts";
import { ToolError } from "../tools/error.ts";
import type { LayerEntry } from "./layer.ts";

/** A user with a group of the same name. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

const accounts: readonly Account[] = [
  { name: "root", uid: 0, gid: 0, home: "/root", shell: "/bin/sh" },
  { name: "nobody", uid: 65534, gid: 65534, home: "/", shell: "/bin/false" },
];

/**
 * The lowest layer of all images: a shell and its commands, the users that every program expects to find, folders for
 * temporary files and certificate authorities.
 * @param busybox Absolute path of a busybox without shared libraries.
 */
export async function baseEntries(busybox: string): Promise<LayerEntry[]> {
  const { code, stdout, stderr } = await runCommand(busybox, ["--list"]);
  if (code !== 0) {
    throw new ToolError(
      `${busybox} --list failed: ${stderr.trim()}. Install the Debian package busybox-static anew.`,
    );
  }
  const commands = stdout.split("\n").filter((name) => name !== "" && name !== "busybox");
  return [
    ...accountEntries([]),
    { path: "/etc/ssl/certs", kind: "folder", mode: 0o755 },
    { path: "/root", kind: "folder", mode: 0o700 },
    { path: "/tmp", kind: "folder", mode: 0o1777 },
    { path: "/bin/busybox", kind: "program", file: busybox },
    ...commands.map((name): LayerEntry => ({
      path: `/bin/${name}`,
      kind: "symlink",
      target: "/bin/busybox",
    })),
  ];
}

/** The lists of users and groups: those that every program expects to find, and an image's own. */
export function accountEntries(additional: readonly Account[]): LayerEntry[] {
  const all = [...accounts, ...additional];
  return [
    { path: "/etc/passwd", kind: "text", text: all.map(passwdLine).join("") },
    {
      path: "/etc/group",
      kind: "text",
      text: all.map(({ name, gid }) => `${name}:x:${String(gid)}:\n`).join(""),
    },
  ];
}

function passwdLine({ name, uid, gid, home, shell }: Account): string {
  return `${name}:x:${String(uid)}:${String(gid)}:${name}:${home}:${shell}\n`;
}
