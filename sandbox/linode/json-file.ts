import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** A JSON document on disk that is either the old one or the new one, whenever the machine stops. */
export class JsonFile<Content> {
  readonly #path: string;
  readonly #initial: () => Content;

  /**
   * @param path Where the document lies; its folder is made when the document is first written.
   * @param initial Makes the content that a missing file stands for.
   */
  constructor(path: string, initial: () => Content) {
    this.#path = path;
    this.#initial = initial;
  }

  /**
   * Reads the document.
   * @throws Error naming the file if it is not JSON.
   */
  read(): Content {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") {
        return this.#initial();
      }
      throw error;
    }
    try {
      return JSON.parse(text) as Content;
    } catch (error) {
      throw new Error(`${this.#path} is not JSON; take the sandbox down and start it again`, {
        cause: error,
      });
    }
  }

  /** Replaces the document. The file is readable by its owner only: it may name credentials. */
  write(content: Content): void {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const draft = `${this.#path}.new`;
    const file = openSync(draft, "w", 0o600);
    try {
      writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, this.#path);
  }
}
