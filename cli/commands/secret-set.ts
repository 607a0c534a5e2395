import type { Command } from "commander";

import { actionNeeded } from "../failure.ts";
import { withStoreVaults } from "../links/store-vaults.ts";
import { deliver } from "../secrets/delivery.ts";
import { lookedAfter } from "../secrets/kept.ts";
import { RegionSecrets } from "../secrets/region-secrets.ts";
import { changedSource } from "../secrets/source.ts";
import { keysOf, readValues } from "../secrets/values.ts";
import type { Terminal } from "../terminal.ts";
import { changeCommand, concludeChange, refreshFor, type ChangeOptions } from "./secret-options.ts";

interface SetOptions extends ChangeOptions {
  readonly replace?: true;
}

/** `vfed secret set` */
export function secretSetCommand(terminal: Terminal): Command {
  return changeCommand({
    name: "set",
    summary: "enter values, and have them pushed to all Vaults now",
    description:
      "Enters values of a shared secret, which are asked for or read from stdin, and waits until all Vaults have them; of a " +
      "secret with several writers each peer's region then takes up to two refresh intervals to put it at its path. " +
      "Keys that are not named keep their values.",
    examples: [
      "vfed secret set app/database password=- --stack hub",
      "openssl rand -base64 32 | vfed secret set app/database password=- --stack hub",
      `jq -n --rawfile crt tls.crt --rawfile key tls.key '{"tls.crt": $crt, "tls.key": $key}' \\`,
      "  | vfed secret set web/certificate tls.crt=- tls.key=- --stack hub",
    ],
  })
    .argument("[keys...]", "keys to enter values of, each as key=-")
    .option("--replace", "let the secret have these keys and no others")
    .action(async (path: string, assignments: readonly string[], options: SetOptions) => {
      const keys = keysOf(assignments);
      if (keys.length === 0) {
        throw actionNeeded(`no key was named. Add one to the command: vfed secret set ${path} password=-`);
      }
      const secrets = await RegionSecrets.open(options.stack, options.cwd);
      const secret = secrets.writable(path);
      const values = await readValues(keys, terminal);
      await refreshFor(terminal, secrets, secret, options.timeout);
      const { revision, data } = await secrets.change(secret, (current) =>
        changedSource(secret, current, values, options.replace === true),
      );
      terminal.report(`wrote revision ${revision} of ${path}`);
      const delivered = await deliver(secrets.objects, secret, revision, Date.now() + options.timeout);
      const deliveries = await lookedAfter(secret, data, delivered, (look) =>
        withStoreVaults(options.stack, options.cwd, look),
      );
      await concludeChange(terminal, secrets, secret, { revision, deliveries }, options.json);
    });
}
