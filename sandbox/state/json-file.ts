import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { writeWhole } from "./whole-file.ts";

/** A JSON document on disk that is either the old one or the new one, whenever the machine stops. */
export class JsonFile<Content> {
  readonly #path: string;

  /** Takes the path; its folder is made when the document is first written. */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Reads the document; undefined if there is none yet.
   * @throws Error that names the file and the remedy if it is not JSON.
   */
  read(): Content | undefined {
    let text: string;
    try {
      text = readFileSync(this.#path, "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") {
        return undefined;
      }
      throw error;
    }
    try {
      return JSON.parse(text) as Content;
    } catch (error) {
      throw new Error(
        `${this.#path} is not JSON. Remove that file, run \`make sandbox-down\`, and start anew.`,
        {
          cause: error,
        },
      );
    }
  }

  /** Replaces the document. The file is readable by its owner only: it may name credentials. */
  write(content: Content): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    writeWhole(this.#path, `${JSON.stringify(content, undefined, 2)}\n`);
  }
}
