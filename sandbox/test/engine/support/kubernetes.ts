import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ApiServer } from "./api-server.ts";
import { toolUnderTest } from "./api-server.ts";
import type { Plan } from "./plan.ts";
import type { Run } from "./workspace.ts";
import { Workspace } from "./workspace.ts";

/** A stack of the test program `kubernetes`, whose resources each test says by a plan. */
export class KubernetesStack {
  readonly workspace: Workspace;

  private constructor(workspace: Workspace) {
    this.workspace = workspace;
  }

  /** Makes an empty stack on a cluster. */
  static async create(server: Pick<ApiServer, "kubeconfig">): Promise<KubernetesStack> {
    const workspace = await Workspace.create("kubernetes", ["@pulumi/kubernetes"]);
    workspace.setVariable("SANDBOX_HELM", toolUnderTest("helm"));
    await workspace.succeed("stack", "init", "dev");
    const stack = new KubernetesStack(workspace);
    await stack.useCluster(server.kubeconfig);
    return stack;
  }

  /** Lets the provider use a cluster from now on. */
  async useCluster(kubeconfig: string): Promise<void> {
    await this.workspace.succeed("config", "set", "--secret", "kubeconfig", kubeconfig);
  }

  /** Says what the program declares from now on. */
  async declare(plan: Plan): Promise<void> {
    await writeFile(join(this.workspace.program, "plan.json"), JSON.stringify(plan));
  }

  /** Declares a plan and brings it up. @throws Error with the output if it fails */
  async up(plan: Plan): Promise<string> {
    await this.declare(plan);
    return this.workspace.succeed("up", "--yes", "--skip-preview");
  }

  /** Declares a plan and tries to bring it up. */
  async tryUp(plan: Plan): Promise<Run> {
    await this.declare(plan);
    return this.workspace.pulumi("up", "--yes", "--skip-preview");
  }

  /** What an update with a plan would do: operations by name, without what stays the same. */
  async preview(plan: Plan): Promise<Readonly<Record<string, PlannedStep>>> {
    await this.declare(plan);
    const digest = JSON.parse(await this.workspace.succeed("preview", "--json")) as {
      readonly steps: readonly (PlannedStep & { readonly urn: string })[];
    };
    const steps = digest.steps
      .filter(({ op }) => op !== "same")
      .map((step) => [step.urn.split("::").at(-1) ?? "", step] as const);
    return Object.fromEntries(steps);
  }

  /** Fails unless the program has nothing to change, and a refresh finds nothing changed. */
  async expectNoChanges(): Promise<void> {
    await this.workspace.succeed("preview", "--expect-no-changes", "--diff");
    await this.workspace.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    await this.workspace.succeed("refresh", "--yes", "--expect-no-changes", "--diff");
    await this.workspace.succeed("preview", "--expect-no-changes", "--diff");
  }

  /** Destroys what is there, and removes the stack's files. */
  async dispose(): Promise<void> {
    await this.workspace.pulumi("destroy", "--yes", "--skip-preview");
    await this.workspace.dispose();
  }
}

/** One step of a preview. */
export interface PlannedStep {
  readonly op: string;
  readonly detailedDiff?: Readonly<
    Record<string, { readonly kind: string; readonly inputDiff: boolean }>
  > | null;
  readonly replaceReasons?: readonly string[] | null;
  readonly newState?: { readonly outputs?: Readonly<Record<string, unknown>> };
}
