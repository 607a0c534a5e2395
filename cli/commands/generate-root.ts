import type { Command } from "commander";

import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import { actionNeeded, exitCodes, Failure } from "../failure.ts";
import { cancelRootAttempt, contribute, rootAttempt } from "../servers/root-token.ts";
import { requireLeader } from "../servers/settle.ts";
import { openShares } from "../shares/share-source.ts";
import type { Terminal } from "../terminal.ts";
import { moreSharesNeeded, stackCommand, withRegion, withShares, type ShareOptions } from "./options.ts";
import { decode, hold, type CeremonyOptions, type RootRegion } from "./root-ceremony.ts";

/** What is to be done, and for a whole ceremony what it depends on. */
interface RootWork extends CeremonyOptions {
  readonly contribute?: true;
  readonly decode?: true;
  readonly status?: true;
  readonly cancel?: true;
}

type RootOptions = ShareOptions & RootWork;

/** `vfed generate-root` */
export function generateRootCommand(terminal: Terminal): Command {
  return withShares(
    stackCommand(
      {
        name: "generate-root",
        summary: "make a root token with a quorum of operators",
        description:
          "Makes a root token with a threshold of key shares. It may do everything: use it, then revoke it. Where the " +
          "operators are apart, one starts with --otp-file, the others --contribute, and the first one decodes what the " +
          "last one sees.",
        examples: [
          "vfed generate-root hub --key alice.asc --key bob.asc --out root-token",
          "vfed generate-root hub --key alice.asc --otp-file otp      # alice starts",
          "vfed generate-root hub --key bob.asc --contribute          # bob sees an encoded token, and sends it to alice",
          "vfed generate-root hub --otp-file otp --decode             # alice reads it",
          "vfed generate-root hub --cancel",
        ],
      },
      "1m",
    )
      .option("--out <file>", "new file for the token (mode 0600), instead of the screen")
      .option(
        "--otp-file <file>",
        "keeps the one-time password until the end, so that shares may come in several runs",
      )
      .option("--contribute", "give shares to what another operator has started")
      .option("--decode", "read the encoded token that the last operator saw; asked for, or from stdin")
      .option("--status", "show how many shares have been given")
      .option("--cancel", "give up what is under way"),
  ).action((stack: string | undefined, options: RootOptions) => {
    checkDestination(options, terminal);
    return withRegion(stack, options, (region) => generateRoot(region, options, terminal));
  });
}

/** Does what the options say. @throws Failure that says what became of the token, where one was made and can't be kept. */
export async function generateRoot(region: RootRegion, options: RootWork, terminal: Terminal): Promise<void> {
  if (options.decode === true) {
    await decode(region, options, terminal);
    return;
  }
  const leader = await requireLeader(region.servers.all);
  if (options.cancel === true) {
    await giveUpRootToken(region.stack, leader, options, terminal);
  } else if (options.status === true) {
    const { started, progress, required } = await rootAttempt(leader);
    const line = started
      ? `${progress} of ${required} shares have been given`
      : "no root token is being made";
    terminal.result(options.json === true ? JSON.stringify({ started, progress, required }) : line);
  } else if (options.contribute === true) {
    await giveShares(region, leader, options, terminal);
  } else {
    await hold(region, leader, options, terminal);
  }
}

/** Ends a ceremony that is under way, and says whether there was one. */
export async function giveUpRootToken(
  stack: string,
  leader: VaultClient,
  { json }: Pick<RootWork, "json">,
  terminal: Terminal,
): Promise<void> {
  const { started } = await rootAttempt(leader);
  await cancelRootAttempt(leader);
  terminal.report(started ? "no root token is being made any more" : "no root token was being made");
  if (json === true) {
    terminal.result(JSON.stringify({ stack, cancelled: started }));
  }
}

/** A token on a pipe would end up in a file or a log that nobody watches over. */
function checkDestination({ out, json, ...options }: RootWork, terminal: Terminal): void {
  const yieldsToken = options.cancel !== true && options.status !== true && options.contribute !== true;
  if (yieldsToken && out === undefined && (!terminal.shown || json === true)) {
    throw actionNeeded(
      "the root token would go to a pipe or a file that others may read. Name a new file with --out.",
    );
  }
  if (options.decode === true && options.otpFile === undefined) {
    throw new Failure(
      exitCodes.usage,
      "the one-time password is missing. Name the --otp-file of whoever started.",
    );
  }
}

async function giveShares(
  region: RootRegion,
  leader: VaultClient,
  options: RootWork,
  terminal: Terminal,
): Promise<void> {
  const shares = await openShares(options.key ?? [], () => region.keyShares(), terminal);
  const { complete, encoded_token: encodedToken, progress, required } = await contribute(leader, shares);
  if (!complete) {
    throw moreSharesNeeded(
      `${progress} of ${required} shares have been given`,
      `vfed generate-root ${region.stack} --contribute`,
    );
  }
  terminal.report(
    "Complete. Send this to whoever started it, who alone can decode it (vfed generate-root --decode):",
  );
  terminal.result(options.json === true ? JSON.stringify({ encodedToken }) : encodedToken);
}
