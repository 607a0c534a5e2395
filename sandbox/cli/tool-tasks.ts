import type { ListrTask } from "listr2";

import { acquireTools, type ToolPhase, type ToolProgress } from "../tools/acquire.ts";
import { catalogue, type ToolName } from "../tools/catalogue.ts";
import type { AcquiredTool, Toolbox } from "../tools/toolbox.ts";

const phases: Readonly<Record<ToolPhase, string>> = {
  cache: "looking into the cache",
  waiting: "waiting for another process that makes it",
  download: "downloading",
  queued: "waiting for its turn to be built",
  build: "building its Go module",
  done: "done",
};

/** One task for each tool, all at work as soon as they are made, and their common result. */
export interface ToolTasks {
  readonly tasks: readonly ListrTask[];
  readonly toolbox: Promise<Toolbox>;
}

/** Acquires tools with a line for each. */
export function toolTasks(names: readonly ToolName[], signal: AbortSignal): ToolTasks {
  const listeners = new Map<ToolName, (progress: ToolProgress) => void>();
  const last = new Map<ToolName, ToolProgress>();
  const toolbox = acquireTools(names, {
    signal,
    onProgress: (progress) => {
      last.set(progress.tool, progress);
      listeners.get(progress.tool)?.(progress);
    },
  });
  const tasks = names.map((name): ListrTask => {
    const title = `${name} ${catalogue[name].version}`;
    return {
      title,
      task: async (_context, task) => {
        const { promise, resolve } = Promise.withResolvers<AcquiredTool>();
        const listen = ({ phase, acquired }: ToolProgress): void => {
          task.output = phases[phase];
          if (acquired !== undefined) {
            resolve(acquired);
          }
        };
        listeners.set(name, listen);
        const missed = last.get(name);
        if (missed !== undefined) {
          listen(missed);
        }
        // If any tool fails, the error of that one is shown; the others just end.
        await Promise.race([promise, toolbox]);
        task.title = `${title}: ${origin(await promise)}`;
      },
    };
  });
  // It may fail before the first task waits for it, which then says so.
  toolbox.catch(() => undefined);
  return { tasks, toolbox };
}

function origin({ source, refusedDownload }: AcquiredTool): string {
  const from = { cache: "from the cache", download: "official download", build: "built from its Go module" }[
    source
  ];
  return refusedDownload === undefined ? from : `${from} (official download refused: ${refusedDownload})`;
}
