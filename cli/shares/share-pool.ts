import { parseShare } from "./share.ts";

/** Answers a further share, or undefined when there is none. `position` counts from 1. */
export type ShareSource = (position: number) => Promise<string | undefined>;

/** The shares of one run: each is asked for when it is needed, once, and then used for every server. */
export class SharePool {
  readonly #source: ShareSource;
  readonly #shares: string[] = [];
  #asked = 0;
  #exhausted = false;

  constructor(source: ShareSource) {
    this.#source = source;
  }

  /** A pool of shares that are all there. */
  static of(shares: readonly string[]): SharePool {
    return new SharePool((position) => Promise.resolve(shares[position - 1]));
  }

  /** The share at an index, or undefined if nobody has that many. */
  async at(index: number): Promise<string | undefined> {
    while (this.#shares.length <= index && !this.#exhausted) {
      this.#asked += 1;
      const text = await this.#source(this.#asked);
      if (text === undefined) {
        this.#exhausted = true;
      } else {
        this.#add(parseShare(text, `share ${this.#asked}`));
      }
    }
    return this.#shares[index];
  }

  /** Asks until there are as many; answers how many there are, which may be fewer. */
  async gather(count: number): Promise<number> {
    await this.at(count - 1);
    return this.#shares.length;
  }

  // Vault counts a share once, however often it is given; the user would believe to have given two.
  #add(share: string): void {
    if (!this.#shares.includes(share)) {
      this.#shares.push(share);
    }
  }
}
