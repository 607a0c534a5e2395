import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** The line by which a launcher is told from an official plugin. */
const MARK = "# Stands in for the official plugin; written by the sandbox.";

/** What a launcher starts. */
export interface Launched {
  /** Absolute path of the Node that runs it, whatever PATH says. */
  readonly node: string;
  /** Absolute path of the TypeScript file. */
  readonly script: string;
  /** Arguments that come before those of the engine. */
  readonly args: readonly string[];
  /**
   * Folder where Node keeps compiled code, which makes every start after the first one quicker; NODE_COMPILE_CACHE of
   * who starts the launcher goes before it.
   */
  readonly compileCache: string;
}

/** Writes an executable file that the engine takes for a plugin. An existing file is replaced at once. */
export async function writeLauncher(file: string, launched: Launched): Promise<void> {
  const { node, script, args, compileCache } = launched;
  const lines = [
    "#!/bin/sh",
    MARK,
    `[ -n "$NODE_COMPILE_CACHE" ] || export NODE_COMPILE_CACHE=${quoted(compileCache)}`,
    `exec ${[node, script, ...args].map(quoted).join(" ")} "$@"`,
    "",
  ];
  await mkdir(dirname(file), { recursive: true });
  // An engine that starts the plugin in this moment finds the old file or the new one, never half of it.
  const draft = `${file}.${String(process.pid)}`;
  await writeFile(draft, lines.join("\n"), { mode: 0o755 });
  await rename(draft, file);
}

/** Whether a file is a launcher of the sandbox; false if it is something else or missing. */
export async function isLauncher(file: string): Promise<boolean> {
  let handle;
  try {
    handle = await open(file);
    // Official plugins are large, so only the lines that could tell are read.
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.toString("utf8", 0, bytesRead).includes(MARK);
  } catch {
    return false;
  } finally {
    await handle?.close();
  }
}

/** Quotes a word for a POSIX shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
