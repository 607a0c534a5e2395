/** Whether a request is still carried out when the run is killed at it. */
export type Moment = "before" | "after";

/** Kills a run at one of its requests to the outside, which are counted, whomever they go to. */
export class Interruption {
  /** Requests so far, each as it was described. */
  readonly requests: string[] = [];
  readonly #at: number;
  readonly #moment: Moment;
  #killed = false;

  /** Kills at the request of that number, the first of which is 0; never without one. */
  constructor(at = Number.POSITIVE_INFINITY, moment: Moment = "before") {
    this.#at = at;
    this.#moment = moment;
  }

  /**
   * Carries a request out, unless the run is dead.
   * @throws Error if it is, or dies of this one.
   */
  pass<T>(request: string, act: () => T): T {
    const isLast = this.requests.length === this.#at;
    this.requests.push(request);
    if (this.#killed || (isLast && this.#moment === "before")) {
      this.#killed = true;
      throw new Error("the run was killed");
    }
    // A refusal is an answer, too, and is lost like any other.
    const answer = answerOf(act);
    if (isLast) {
      this.#killed = true;
      throw new Error("the run was killed");
    }
    return answer();
  }
}

/** Acts now, and gives what returns or throws what came of it. */
function answerOf<T>(act: () => T): () => T {
  try {
    const result = act();
    return () => result;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
