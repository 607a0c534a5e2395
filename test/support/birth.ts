import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

import { journalName } from "../../components/vault/bootstrap/bootstrap.ts";
import { stepAnnotation, type JournalEntry } from "../../components/vault/bootstrap/journal.ts";
import type { Finished } from "./command.ts";
import type { TestSandbox } from "./sandbox.ts";

const stepPath = `{.metadata.annotations.${stepAnnotation}}`;
const watch = ["get", "secret", "--watch", "--field-selector", `metadata.name=${journalName}`];

/**
 * Runs an update that brings a region's Vault into being, and tells of each step that the bootstrap notes meanwhile.
 * The region's cluster must be there already.
 */
export async function duringBirth(
  sandbox: TestSandbox,
  region: string,
  update: () => Promise<Finished>,
  onStep: (step: string) => Promise<void>,
): Promise<Finished> {
  const place = ["--context", region, "--namespace", "vault"];
  const reactions: Promise<void>[] = [];
  let stop = (): boolean => false;
  const ended = new AbortController();
  const onStart = (child: ChildProcess): void => {
    stop = () => child.kill();
    assert.ok(child.stdout !== null);
    createInterface({ input: child.stdout }).on("line", (step) => reactions.push(onStep(step)));
  };
  const watched = (async () => {
    // A watch ends when the API server wants it to.
    while (!ended.signal.aborted) {
      const output = ["--output", `jsonpath=${stepPath}{"\\n"}`];
      await sandbox.run("kubectl", [...place, ...watch, ...output], { onStart });
    }
  })();
  const finished = await update();
  ended.abort();
  stop();
  await watched;
  await Promise.all(reactions);
  return finished;
}

/** The key, in both ways of writing it, and the root token that exist for the time of a birth. */
export function firstSecrets({ temporaryKey, rootToken }: JournalEntry): string[] {
  assert.ok(temporaryKey !== undefined && rootToken !== undefined);
  return [temporaryKey, Buffer.from(temporaryKey, "base64").toString("hex"), rootToken];
}
