import { assertExit, type Finished } from "./command.ts";
import type { TestSandbox } from "./sandbox.ts";

/** A stack of a sandbox, as those see it who run Pulumi. */
export class TestStack {
  readonly #sandbox: TestSandbox;
  readonly #name: string;

  constructor(sandbox: TestSandbox, name: string) {
    this.#sandbox = sandbox;
    this.#name = name;
  }

  /** Runs `pulumi` on it. */
  pulumi(...args: string[]): Promise<Finished> {
    return this.#sandbox.pulumi([...args, "--stack", this.#name]);
  }

  /** Sets properties of the project's configuration. */
  async configure(values: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, value] of Object.entries(values)) {
      // Pulumi takes some values for secrets by their looks, and those that begin with a hyphen for options.
      const set = ["config", "set", "--stack", this.#name, "--plaintext", "--path", "--"];
      assertExit(await this.#sandbox.pulumi([...set, `vault-federation:${path}`, value]));
    }
  }

  /** Takes a property of the project's configuration away. */
  async unset(path: string): Promise<void> {
    assertExit(await this.pulumi("config", "rm", "--path", `vault-federation:${path}`));
  }

  /** Brings it up. */
  async update(...options: string[]): Promise<void> {
    assertExit(await this.pulumi("up", "--yes", "--skip-preview", ...options));
  }

  /** Fails if Pulumi would change anything. */
  async assertUnchanged(): Promise<void> {
    assertExit(await this.pulumi("preview", "--expect-no-changes"));
  }

  /** Fails if a preview, an update or a refresh finds anything to change. */
  async assertSettled(): Promise<void> {
    await this.assertUnchanged();
    assertExit(await this.pulumi("up", "--yes", "--expect-no-changes"));
    assertExit(await this.pulumi("refresh", "--yes", "--expect-no-changes"));
  }
}
