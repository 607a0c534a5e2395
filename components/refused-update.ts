import * as pulumi from "@pulumi/pulumi";

/**
 * Stops an update of a resource, at preview already, that must not be.
 * @param name Name of the hook, unique in the stack.
 * @param explain Says from old and new inputs why not, and what to do; undefined lets the update through.
 */
export function refuseUpdate<Inputs extends object>(
  name: string,
  explain: (before: Inputs, after: Inputs) => string | undefined,
): pulumi.ResourceHook {
  return new pulumi.ResourceHook(
    name,
    ({ oldInputs, newInputs }) => {
      const refusal = explain((oldInputs ?? {}) as Inputs, (newInputs ?? {}) as Inputs);
      if (refusal !== undefined) {
        throw new Error(refusal);
      }
    },
    { onDryRun: true },
  );
}
