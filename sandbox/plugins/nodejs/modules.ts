import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";

/**
 * Finds an entry of Pulumi's SDK as the program would.
 * @param entry Such as `run`, below `@pulumi/pulumi/cmd`.
 * @throws Error if the program's dependencies are not installed.
 */
export function sdkEntry(programDirectory: string, entry: string): string {
  const name = `@pulumi/pulumi/cmd/${entry}`;
  try {
    return createRequire(join(programDirectory, "package.json")).resolve(name);
  } catch (error) {
    throw new Error(`${name} is not found from ${programDirectory}; install the dependencies: npm install`, {
      cause: error,
    });
  }
}

/** The environment for children: as it is, but `node` is the one that runs this host. */
export function environmentWithNode(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...environment,
    PATH: [dirname(process.execPath), environment.PATH].filter(Boolean).join(delimiter),
  };
}
