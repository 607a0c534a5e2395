import { resolve } from "node:path";

import { StateFolder } from "../state/folder.ts";
import { Daemon } from "./daemon.ts";
import { removeRecord } from "./record.ts";

/** The sandbox's background process. Arguments: the state folder, and the kubeconfigs of existing clusters, if any. */
const [root, ...kubeconfigs] = process.argv.slice(2);
if (root === undefined) {
  throw new Error("usage: main.ts STATE-FOLDER [KUBECONFIG...]");
}
const folder = new StateFolder(resolve(root));

function log(message: string): void {
  process.stdout.write(`${new Date().toISOString()} ${message}\n`);
}

try {
  const daemon = await Daemon.start(folder, kubeconfigs, log);
  process.once("SIGTERM", () => {
    log("stopping");
    void daemon
      .stop()
      .then(() => removeRecord(folder))
      .finally(() => process.exit());
  });
} catch (error) {
  log(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
