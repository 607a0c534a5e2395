import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Command } from "commander";

import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import type { KeyShares } from "../../components/vault/bootstrap/key-shares.ts";
import { actionNeeded, exitCodes, Failure, reasonOf } from "../failure.ts";
import type { Region } from "../region/region.ts";
import { cancelRekey, rekey } from "../servers/rekey.ts";
import { readOperators, type Operator } from "../shares/operator-key.ts";
import { openShares } from "../shares/share-source.ts";
import type { Terminal } from "../terminal.ts";
import {
  environmentToken,
  moreSharesNeeded,
  stackCommand,
  wholeNumber,
  withRegion,
  withShares,
  type ShareOptions,
} from "./options.ts";

interface RekeyOptions extends ShareOptions {
  readonly operators?: readonly string[];
  readonly threshold?: number;
  readonly cancel?: true;
}

/** `vfed rekey` */
export function rekeyCommand(terminal: Terminal): Command {
  return withShares(
    stackCommand(
      {
        name: "rekey",
        summary: "give new shares to the operators of your choice",
        description:
          "Gives the region's Vault a new key, whose shares are encrypted to the operators named, one each. The present " +
          "operators' shares are needed; they become worthless. Where a key service unseals, it is the recovery key. " +
          "With a token in VAULT_TOKEN, Vault's own copy of the new shares is deleted at once.",
        examples: [
          "vfed rekey hub --operators keys/ --threshold 2 --key alice.asc --key bob.asc",
          "vfed rekey hub --cancel",
        ],
      },
      "5m",
    )
      .option("--operators <paths...>", "the new operators' armoured public keys: files, or folders of them")
      .option("--threshold <number>", "how many of the new shares are needed together", wholeNumber)
      .option("--cancel", "give up a re-key that is under way"),
  ).action((stack: string | undefined, options: RekeyOptions) =>
    options.cancel === true
      ? withRegion(stack, options, (region) =>
          giveUpRekey(region.stack, region.servers.all, options, terminal),
        )
      : change(stack, options, terminal),
  );
}

/** Ends a re-key that is under way, and says whether there was one. */
export async function giveUpRekey(
  stack: string,
  servers: readonly VaultClient[],
  { json }: Pick<RekeyOptions, "json">,
  terminal: Terminal,
): Promise<void> {
  const found = await cancelRekey(servers);
  terminal.report(found ? "the re-key was given up; the key is unchanged" : "no re-key is under way");
  if (json === true) {
    terminal.result(JSON.stringify({ stack, cancelled: found }));
  }
}

async function change(stack: string | undefined, options: RekeyOptions, terminal: Terminal): Promise<void> {
  if (options.operators === undefined || options.threshold === undefined) {
    throw new Failure(
      exitCodes.usage,
      "the new operators are not named. Add --operators and --threshold, or --cancel.",
    );
  }
  const operators = await readOperators(options.operators);
  const { threshold } = options;
  checkThreshold(threshold, operators.length);
  await withRegion(stack, options, async (region) => {
    const outcome = await rekey({
      servers: region.servers.all,
      operators,
      threshold,
      shares: await openShares(options.key ?? [], () => region.keyShares(), terminal),
      keep: (shares) =>
        keep(
          region,
          {
            clusterId: region.outputs.vaultClusterId,
            shares,
            operatorKeys: operators.map(({ binary }) => binary),
            threshold,
          },
          options.cwd,
        ),
      token: environmentToken(),
      report: terminal.report,
      timeoutMilliseconds: options.timeout,
    });
    if (!outcome.complete) {
      throw moreSharesNeeded(
        `${outcome.progress} of ${outcome.required} shares of the present key have been given`,
        `vfed rekey ${region.stack} --operators ... --threshold ${threshold}`,
      );
    }
    if (outcome.copy !== undefined) {
      terminal.report(
        `Vault still has a copy of the encrypted shares at ${outcome.copy}. \`pulumi up\` deletes it when it takes new operators or ` +
          `a new threshold over. Where neither changed, delete it yourself: vault delete ${outcome.copy}`,
      );
    }
    terminal.result(
      options.json === true
        ? JSON.stringify({ stack: region.stack, threshold, shares: outcome.shares }, undefined, 2)
        : configuration(region.stack, operators, threshold),
    );
  });
}

/** Vault insists on the same. */
export function checkThreshold(threshold: number, operators: number): void {
  if (threshold < 1 || threshold > operators || (operators > 1 && threshold < 2)) {
    throw actionNeeded(
      `a threshold of ${threshold} does not go with ${operators} operators. ` +
        (operators > 1
          ? `Give one from 2 to ${operators}.`
          : "Name the operators' keys; one alone has a threshold of 1."),
    );
  }
}

/** The old shares are worthless already: if the new ones can't be kept where they belong, they are kept here. */
async function keep(region: Region, keyShares: KeyShares, folder: string): Promise<void> {
  try {
    await region.keepKeyShares(keyShares);
  } catch (error) {
    const file = join(folder, `vault-key-shares-${region.stack}.json`);
    await writeFile(file, `${JSON.stringify(keyShares, undefined, 2)}\n`, { mode: 0o600 });
    throw new Failure(
      exitCodes.unknown,
      `the key was changed, but the new shares could not be stored beside Vault (${reasonOf(error)}). They are in ${file}, ` +
        "encrypted to the operators: don't lose that file. Create the Secret vault-key-shares with it as shares.json.",
    );
  }
}

/** What the stack's configuration must say from now on. */
export function configuration(stack: string, operators: readonly Operator[], threshold: number): string {
  const entries = operators.flatMap(({ name, publicKey }) => [
    `      - name: ${JSON.stringify(name)}`,
    "        publicKey: |",
    ...publicKey.split("\n").map((line) => `          ${line}`.trimEnd()),
  ]);
  return [
    // Without --refresh nothing tells Pulumi of new shares for the same operators and threshold.
    `# Pulumi.${stack}.yaml must say this, also if it did before. Then \`pulumi up --refresh --stack ${stack}\` takes the new shares over (in a fresh checkout, run \`pulumi preview\` first).`,
    "config:",
    "  vault-federation:vault:",
    `    threshold: ${threshold}`,
    "    operators:",
    ...entries,
  ].join("\n");
}
