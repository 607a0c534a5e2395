import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { LinodeClient } from "../federation/linode-client.ts";
import { freeLock } from "../federation/lock.ts";
import type { PulumiCli } from "../federation/pulumi.ts";
import { existingStacks } from "../federation/state.ts";
import type { StateFolder } from "../state/folder.ts";
import type { BenchRun } from "./bench.ts";

/** What a bench makes besides the sandbox's two regions. */
export interface ScratchRegionArgs {
  readonly folder: StateFolder;
  /** Folder of the sandbox's project. */
  readonly project: string;
  readonly pulumi: PulumiCli;
  readonly linode: LinodeClient;
}

/** A third region of a sandbox, for a bench that needs one: a stack, and clusters with what they made in the account. */
export class ScratchRegion {
  /** Name of its stack. */
  readonly stack = "bench";
  /** What the labels of its clusters begin with. */
  readonly label = "vault-federation-bench";
  readonly #args: ScratchRegionArgs;

  constructor(args: ScratchRegionArgs) {
    this.#args = args;
  }

  /** Folder of the bench's own files, which goes with the region. */
  get #ownFiles(): string {
    return join(this.#args.folder.root, "bench", "vault-birth");
  }

  /** Its stack's file. */
  get configuration(): string {
    return join(this.#args.project, `Pulumi.${this.stack}.yaml`);
  }

  /** Absolute path of one of the bench's own files. */
  file(name: string): string {
    return join(this.#ownFiles, name);
  }

  /** Makes the folder for the bench's own files. */
  async prepare(): Promise<void> {
    await mkdir(this.#ownFiles, { recursive: true, mode: 0o700 });
  }

  /**
   * Removes all there is of it, also what an earlier run left that was killed at any moment; that nothing is there is no
   * error. The clusters go as a whole, so that it does not matter how far what is in them has come.
   */
  async remove({ report }: Pick<BenchRun, "report">): Promise<void> {
    const { pulumi, folder } = this.#args;
    const hasStack = (await existingStacks(pulumi)).includes(this.stack);
    if (hasStack) {
      // An update that outlived the bench could make a cluster when all others are gone.
      await freeLock(
        pulumi,
        { backend: folder.pulumiState, project: "vault-federation", stack: this.stack },
        { onLine: report },
      );
    }
    await this.removeClusters({ report });
    if (hasStack) {
      await pulumi.run(["stack", "rm", this.stack, "--force", "--yes", "--remove-backups"]);
    }
    await rm(this.configuration, { force: true });
    await rm(this.#ownFiles, { recursive: true, force: true });
  }

  /** Removes its clusters, and the load balancers and volumes that they leave behind. */
  async removeClusters({ report }: Pick<BenchRun, "report">): Promise<void> {
    const { linode } = this.#args;
    const clusters = (await linode.clusters()).filter(({ label }) => label.startsWith(this.label));
    const ids = new Set([...(await this.#noted()), ...clusters.map(({ id }) => id)]);
    await this.#note([...ids]);
    for (const { id } of clusters) {
      report(`removing cluster ${id}`);
      await linode.deleteCluster(id);
    }
    for (const id of ids) {
      await linode.deleteLeftBehind(id);
    }
  }

  /** Of a cluster that is gone, only its id leads to what it left behind. */
  async #note(ids: readonly number[]): Promise<void> {
    await this.prepare();
    await writeFile(this.file("clusters.json"), JSON.stringify(ids));
  }

  async #noted(): Promise<readonly number[]> {
    try {
      return JSON.parse(await readFile(this.file("clusters.json"), "utf8")) as number[];
    } catch {
      // There is none, or it was cut short: then no cluster was deleted yet.
      return [];
    }
  }
}
