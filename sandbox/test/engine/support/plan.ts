/** What the test program `kubernetes` declares. */
export interface Plan {
  /** Arguments of the provider besides the kubeconfig. Defaults to none. */
  readonly provider?: Readonly<Record<string, unknown>>;
  readonly resources: readonly PlannedResource[];
}

/** One resource of a plan. */
export interface PlannedResource {
  readonly name: string;
  /** Path of the class in @pulumi/kubernetes, such as `core.v1.ConfigMap`. */
  readonly class: string;
  /** `{ $secret: value }` marks a secret, `{ $output: "resource.member" }` takes another resource's output. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly options?: {
    /** Names of resources that come before it in the plan. */
    readonly dependsOn?: readonly string[];
    readonly ignoreChanges?: readonly string[];
    /** Id of an object that exists already. */
    readonly import?: string;
    readonly customTimeouts?: Readonly<Record<string, string>>;
  };
}
