/** How long an update waits for an operator to deal with a resource: one that failed before tries again after a minute. */
const timeoutSeconds = 300;

/**
 * Annotations that make `pulumi up` wait for a custom resource, which it does not by itself.
 * @param requirement What to wait for, such as `condition=Ready` or `jsonpath={.status.valid}=true`.
 */
export function waitFor(requirement: string): Record<string, string> {
  return { "pulumi.com/waitFor": requirement, "pulumi.com/timeoutSeconds": String(timeoutSeconds) };
}
