import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { parseDocument } from "yaml";

import { PulumiCli } from "../federation/pulumi.ts";
import { existingStacks } from "../federation/state.ts";
import type { BenchArgs, BenchRun } from "./bench.ts";

const project = "bench-edges";
const stack = "edge";

/** Edges that exist only as a stack's state, for a hub to read the outputs of. */
export class ScratchEdges {
  readonly #folder: string;
  readonly #args: BenchArgs;
  readonly #pulumi: PulumiCli;

  constructor(args: BenchArgs) {
    this.#folder = join(args.folder.root, "bench", "edges");
    this.#args = args;
    this.#pulumi = new PulumiCli("pulumi", this.#folder, args.environment);
  }

  /**
   * Imports a copy of the edge's state, with all its secrets as they are encrypted there. One stack stands for any number of
   * edges: the engine reads and decrypts it anew for each.
   */
  async make({ signal }: BenchRun): Promise<void> {
    await this.remove();
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeFile(join(this.#folder, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
    const state = await this.#args.pulumi.run(["stack", "export", "--stack", "edge"], { signal });
    await this.#pulumi.run(["stack", "init", stack, "--no-select"], { signal });
    await this.#pulumi.run(["stack", "import", "--stack", stack], {
      signal,
      input: state.replaceAll("urn:pulumi:edge::vault-federation::", `urn:pulumi:${stack}::${project}::`),
    });
  }

  /** Writes the hub's configuration with a number of edges, of which the first is the real one; answers the file's path. */
  async configuration(count: number): Promise<string> {
    const own = join(this.#args.environment.VAULT_FEDERATION_PROJECT ?? "", "Pulumi.hub.yaml");
    const document = parseDocument(await readFile(own, "utf8"));
    for (let edge = 2; edge <= count; edge += 1) {
      const reference = `organization/${project}/${stack}`;
      document.setIn(["config", "vault-federation:peers", `edge-${edge}`, "stack"], reference);
    }
    const file = join(this.#folder, `Pulumi.hub-${count}.yaml`);
    await writeFile(file, document.toString(), { mode: 0o600 });
    return file;
  }

  /** Removes the stack, if it is there, and all files. */
  async remove(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    // Without it there is no asking for the project's stacks.
    await writeFile(join(this.#folder, "Pulumi.yaml"), `name: ${project}\nruntime: nodejs\n`);
    if ((await existingStacks(this.#pulumi)).includes(stack)) {
      await this.#pulumi.run(["stack", "rm", stack, "--force", "--yes", "--remove-backups"]);
    }
    await rm(this.#folder, { recursive: true });
  }
}
