import { stacks } from "../federation/project.ts";
import { readGivenKubeconfig } from "../linode/given-kubeconfig.ts";

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
  const [first, second] = (await Promise.all(files.map((file) => readGivenKubeconfig(file)))).map(
    ({ endpoint }) => endpoint,
  );
  if (first === second) {
    throw new Error(
      `the kubeconfigs ${files.join(" and ")} lead to the same API server, ${first ?? ""}. ` +
        "Give the kubeconfigs of two different clusters.",
    );
  }
}
