import { acquireTools } from "../tools/acquire.ts";
import { catalogue, toolNames, type ToolName } from "../tools/catalogue.ts";
import { prepareHost } from "../tools/host.ts";
import type { HostPrograms } from "../tools/host-programs.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { useProxy } from "./proxy.ts";
import { Steps } from "./steps.ts";
import { toolTasks } from "./tool-tasks.ts";

/**
 * Aborts when the user presses Ctrl-C, or the process is asked to end: what has begun ends in good order. The second Ctrl-C
 * ends this process at once.
 * @param consequence What the user is told of it.
 */
export function onInterrupt(consequence = "the same command goes on from here"): AbortSignal {
  const interrupt = new AbortController();
  const signals = ["SIGINT", "SIGTERM"] as const;
  const onSignal = (): void => {
    signals.forEach((signal) => process.off(signal, onSignal));
    // What has begun may take minutes to end; without a word people press again, and it is cut off.
    process.stderr.write("\nending what has begun in good order; Ctrl-C again ends at once\n");
    interrupt.abort(new Error(`interrupted; ${consequence}`));
  };
  signals.forEach((signal) => process.on(signal, onSignal));
  return interrupt.signal;
}

/** Provides what local clusters and the tests need of this machine and its tools, and no cluster. */
export async function provideTools(): Promise<void> {
  const signal = onInterrupt();
  const steps = new Steps(false, signal);
  await prepareMachine(steps);
  await acquire(toolNames, steps, signal);
}

/** Makes sure that local clusters can run here; packages that are missing are installed. */
export function prepareMachine(steps: Steps): Promise<HostPrograms> {
  return steps.run("this machine", (report) =>
    prepareHost({
      onInstall: (packages) => {
        report(`installing ${packages.join(", ")}`);
      },
    }),
  );
}

/** Provides tools, with a line for each. */
export async function acquire(
  names: readonly ToolName[],
  steps: Steps,
  signal: AbortSignal,
): Promise<Toolbox> {
  // What is made below is at work at once, and no list would begin that waits for it.
  signal.throwIfAborted();
  useProxy();
  const { tasks, toolbox } = toolTasks(names, signal);
  await steps.runAll("tools", tasks);
  return toolbox;
}

/**
 * Path of one of the tools' programs.
 * @throws Error if no tool has it.
 */
export async function programPath(name: string): Promise<string> {
  const owner = toolNames.find((tool) => (catalogue[tool].programs as readonly string[]).includes(name));
  useProxy();
  const path = owner === undefined ? undefined : (await acquireTools([owner])).find(name);
  if (path === undefined) {
    throw new Error(`no tool of the sandbox has a program named ${name}; \`sandbox tools\` lists the tools`);
  }
  return path;
}
