import type { Finished } from "./command.ts";
import type { TestSandbox } from "./sandbox.ts";

/** The stacks of a sandbox. */
export const stacks = ["hub", "edge"] as const;

/** The regions of a sandbox without Vaults, as those see them who run Pulumi and kubectl. */
export class Federation {
  readonly sandbox: TestSandbox;

  constructor(sandbox: TestSandbox) {
    this.sandbox = sandbox;
  }

  /** Runs kubectl on a stack's cluster. */
  kubectl(stack: string, ...args: string[]): Promise<Finished> {
    return this.sandbox.run("kubectl", ["--context", stack, ...args]);
  }

  /** A stack's outputs, without its secrets. */
  async outputs(stack: string): Promise<Record<string, unknown>> {
    const shown = await this.sandbox.pulumi(["stack", "output", "--json", "--stack", stack]);
    return JSON.parse(shown.stdout) as Record<string, unknown>;
  }
}
