import { readFile } from "node:fs/promises";

import { actionNeeded, reasonOf } from "../failure.ts";
import type { Terminal } from "../terminal.ts";
import { environmentToken } from "./options.ts";

/**
 * Takes a root token from a file, else from VAULT_TOKEN, else from whoever is asked, or from stdin.
 * @throws Failure if there is none.
 */
export async function readRootToken(file: string | undefined, terminal: Terminal): Promise<string> {
  const token =
    file === undefined ? (environmentToken() ?? (await ask(terminal))) : await readTokenFile(file);
  if (token === "") {
    throw actionNeeded("no token was given. Name its file with --file, or type it when asked.");
  }
  return token;
}

async function ask(terminal: Terminal): Promise<string> {
  return terminal.interactive
    ? (await terminal.askSecret("Root token")).trim()
    : ((await terminal.readLines())[0] ?? "");
}

async function readTokenFile(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw actionNeeded(`the token can't be read: ${reasonOf(error)}. Name the file that --out made.`);
  }
}
