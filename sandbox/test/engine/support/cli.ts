/**
 * Path of the Pulumi CLI that the tests run.
 * @throws Error if SANDBOX_PULUMI doesn't name it.
 */
export function cliUnderTest(): string {
  const path = process.env.SANDBOX_PULUMI;
  if (path === undefined) {
    throw new Error("set SANDBOX_PULUMI to the path of the Pulumi CLI that the engine tests are to run");
  }
  return path;
}
