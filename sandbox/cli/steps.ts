import {
  Listr,
  LISTR_LOGGER_STDERR_LEVELS,
  ListrLogger,
  ListrLogLevels,
  PRESET_TIMER,
  type ListrTask,
} from "listr2";

/** Says what a step is doing; on a terminal only the last line is shown. */
export type Report = (line: string) => void;

/** Says what has to be read even if all goes well: on stderr, where a list is drawn when the step has ended. */
export type Notice = (text: string) => void;

/** Shows the steps of a long command, each with its duration: as a live list on a terminal, line by line elsewhere. */
export class Steps {
  readonly #verbose: boolean;
  readonly #signal: AbortSignal | undefined;

  /** `verbose` keeps every line that a step reports; no step begins once the signal is aborted. */
  constructor(verbose: boolean, signal?: AbortSignal) {
    this.#verbose = verbose;
    this.#signal = signal;
  }

  /**
   * Runs one step and answers its result. What it gives notice of is printed also if it fails.
   * @throws The signal's reason if that is aborted already.
   */
  async run<T>(title: string, work: (report: Report, notice: Notice) => Promise<T>): Promise<T> {
    const { promise, resolve } = Promise.withResolvers<T>();
    const notices: string[] = [];
    const task: ListrTask = {
      title,
      task: async (_context, shown) => {
        const report = (line: string): void => {
          shown.output = line;
        };
        const notice = (text: string): void => {
          if (this.#isDrawn) {
            notices.push(text);
          } else {
            process.stderr.write(`${text}\n`);
          }
        };
        resolve(await work(report, notice));
      },
    };
    try {
      await this.#show([task]);
    } finally {
      process.stderr.write(notices.map((text) => `${text}\n`).join(""));
    }
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

  /** Whether steps are a list that is drawn again and again, over whatever else is printed meanwhile. */
  get #isDrawn(): boolean {
    return !this.#verbose && process.stdout.isTTY;
  }

  async #show(tasks: ListrTask[]): Promise<void> {
    this.#signal?.throwIfAborted();
    const simple = {
      timer: PRESET_TIMER,
      logger: new StepLogger({ useIcons: true, toStderr: LISTR_LOGGER_STDERR_LEVELS }),
    };
    // By its own listener Listr would exit at Ctrl-C, before what runs has ended in good order.
    const registerSignalListeners = false;
    const list = this.#verbose
      ? new Listr(tasks, { registerSignalListeners, renderer: "simple", rendererOptions: simple })
      : new Listr(tasks, {
          registerSignalListeners,
          renderer: "default",
          rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false, showErrorMessage: false },
          fallbackRenderer: "simple",
          fallbackRendererOptions: simple,
        });
    try {
      await list.run();
    } catch (error) {
      // What was ended by the signal says that it was ended, not why.
      if (error instanceof Error && error.name === "AbortError") {
        this.#signal?.throwIfAborted();
      }
      throw error;
    }
  }
}

/** Says which step failed, but not why: the command line does that, once, at its end. */
class StepLogger extends ListrLogger<ListrLogLevels> {
  override log(...[level, message, options]: Parameters<ListrLogger<ListrLogLevels>["log"]>): void {
    super.log(level, message, level === ListrLogLevels.FAILED ? undefined : options);
  }
}
