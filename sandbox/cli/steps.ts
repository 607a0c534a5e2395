import { Listr, PRESET_TIMER, type ListrTask } from "listr2";

/** Says what a step is doing; on a terminal only the last line is shown. */
export type Report = (line: string) => void;

/** Shows the steps of a long command, each with its duration: as a live list on a terminal, line by line elsewhere. */
export class Steps {
  readonly #verbose: boolean;

  /** `verbose` keeps every line that a step reports. */
  constructor(verbose: boolean) {
    this.#verbose = verbose;
  }

  /** Runs one step and answers its result. */
  async run<T>(title: string, work: (report: Report) => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    const task: ListrTask = {
      title,
      task: async (_context, shown) => {
        resolve(
          await work((line) => {
            shown.output = line;
          }),
        );
      },
    };
    await this.#show([task]);
    return promise;
  }

  /** Shows tasks that run side by side below a title. */
  async runAll(title: string, tasks: readonly ListrTask[]): Promise<void> {
    await this.#show([
      {
        title,
        task: (_context, shown) => shown.newListr([...tasks], { concurrent: true, exitOnError: true }),
      },
    ]);
  }

  async #show(tasks: ListrTask[]): Promise<void> {
    const list = new Listr(tasks, {
      renderer: this.#verbose ? "simple" : "default",
      fallbackRenderer: "simple",
      rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false, showErrorMessage: false },
      fallbackRendererOptions: { timer: PRESET_TIMER },
    });
    await list.run();
  }
}
