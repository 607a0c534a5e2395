import { readFile } from "node:fs/promises";

import { stacks } from "../federation/project.ts";
import { currentServer } from "./kubeconfig.ts";

/**
 * Makes sure that there is a kubeconfig of a cluster of its own for each stack.
 * @throws Error that names the file and the remedy.
 */
export async function requireKubeconfigs(files: readonly string[]): Promise<void> {
  if (files.length !== stacks.length) {
    throw new Error(
      `there must be ${stacks.length} kubeconfigs, first that of the hub, then that of the edge; received ` +
        `${files.length}: ${files.join(" ")}. Give both, or none for local clusters.`,
    );
  }
  const [first, second] = await Promise.all(files.map(serverOf));
  if (first === second) {
    throw new Error(
      `the kubeconfigs ${files.join(" and ")} lead to the same API server, ${first ?? ""}. ` +
        "Give the kubeconfigs of two different clusters.",
    );
  }
}

async function serverOf(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new Error(
      `the kubeconfig ${file} can't be read: ${(error as Error).message}. Correct its path or its permissions.`,
      { cause: error },
    );
  }
  return currentServer(file, text);
}
