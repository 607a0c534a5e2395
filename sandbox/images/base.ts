import { runCommand } from "../tools/command.ts";
import { ToolError } from "../tools/error.ts";
import type { LayerEntry } from "./layer.ts";

const accounts = [
  { name: "root", id: 0, home: "/root", shell: "/bin/sh" },
  { name: "nobody", id: 65534, home: "/", shell: "/bin/false" },
] as const;

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
    { path: "/etc/passwd", kind: "text", text: accounts.map(passwdLine).join("") },
    {
      path: "/etc/group",
      kind: "text",
      text: accounts.map(({ name, id }) => `${name}:x:${String(id)}:\n`).join(""),
    },
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

function passwdLine({ name, id, home, shell }: (typeof accounts)[number]): string {
  return `${name}:x:${String(id)}:${String(id)}:${name}:${home}:${shell}\n`;
}
