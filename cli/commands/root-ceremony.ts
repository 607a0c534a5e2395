import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";

import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import type { EncryptedShare } from "../../components/vault/bootstrap/journal.ts";
import { actionNeeded, reasonOf, unreachable, type Failure } from "../failure.ts";
import { whileReserved, type NewFile } from "../new-file.ts";
import {
  cancelRootAttempt,
  contribute,
  decodeToken,
  revocationCommand,
  startRootAttempt,
  type RootCeremony,
} from "../servers/root-token.ts";
import { openShares } from "../shares/share-source.ts";
import type { Terminal } from "../terminal.ts";
import { moreSharesNeeded } from "./options.ts";

/** What a ceremony depends on. */
export interface CeremonyOptions {
  readonly key?: readonly string[];
  /** New file for the token; absent, it is shown. */
  readonly out?: string;
  /** File of the one-time password, where operators give their shares in several runs. */
  readonly otpFile?: string;
  readonly json?: true;
}

/** What a ceremony asks of a region. */
export interface RootRegion {
  readonly stack: string;
  readonly servers: { readonly all: readonly VaultClient[] };
  keyShares(): Promise<readonly EncryptedShare[]>;
}

const purposeOfOut = "the root token (--out)";

/** Reads the token at the end of a ceremony in which the last share was given elsewhere. */
export async function decode(
  region: RootRegion,
  options: CeremonyOptions,
  terminal: Terminal,
): Promise<void> {
  await whileReserved(options.out, purposeOfOut, async (out) => {
    const ceremony = await readCeremony(options.otpFile);
    const encoded = terminal.interactive
      ? await terminal.askSecret("Encoded token")
      : (await terminal.readLines())[0];
    const token = decodeToken(encoded?.trim() ?? "", ceremony.oneTimePassword);
    await keep(token, out, (error) =>
      Promise.resolve(
        actionNeeded(
          `the root token could not be written (${reasonOf(error)}). It is valid, and can still be read: run the command again with another --out.`,
        ),
      ),
    );
    await finish(region, token, options, terminal);
  });
}

/** The whole ceremony, or one operator's part of it if there is a file to keep the one-time password in. */
export async function hold(
  region: RootRegion,
  leader: VaultClient,
  options: CeremonyOptions,
  terminal: Terminal,
): Promise<void> {
  const { otpFile } = options;
  await whileReserved(options.out, purposeOfOut, async (out) => {
    const shares = await openShares(options.key ?? [], () => region.keyShares(), terminal);
    const ceremony =
      otpFile !== undefined && existsSync(otpFile)
        ? await readCeremony(otpFile)
        : await begin(leader, otpFile);
    const attempt = await contribute(leader, shares, ceremony.nonce).catch(async (error: unknown) => {
      await giveUp(leader, options);
      throw error;
    });
    if (attempt.complete) {
      const token = decodeToken(attempt.encoded_token, ceremony.oneTimePassword);
      await keep(token, out, async (error) => {
        await forget(options);
        return withdraw(leader, token, error);
      });
      await finish(region, token, options, terminal);
      return;
    }
    await giveUp(leader, options);
    const given = `${attempt.progress} of ${attempt.required} shares have been given`;
    throw otpFile === undefined
      ? actionNeeded(
          `${given}, which is too few, and what was begun was given up. Give more, or keep the one-time password with --otp-file.`,
        )
      : moreSharesNeeded(given, `vfed generate-root ${region.stack} --contribute`);
  });
}

/** Without the one-time password nobody could ever read the token that would come of it. */
async function giveUp(leader: VaultClient, { otpFile }: CeremonyOptions): Promise<void> {
  if (otpFile === undefined) {
    await cancelRootAttempt(leader);
  }
}

/** Starts a ceremony whose one-time password is kept before anybody gives a share. */
function begin(leader: VaultClient, otpFile: string | undefined): Promise<RootCeremony> {
  return whileReserved(otpFile, "the one-time password (--otp-file)", async (file) => {
    const ceremony = await startRootAttempt(leader);
    try {
      await file?.write(JSON.stringify(ceremony));
    } catch (error) {
      await cancelRootAttempt(leader);
      throw actionNeeded(
        `the one-time password could not be written (${reasonOf(error)}), so what was begun was given up. Name another --otp-file.`,
      );
    }
    return ceremony;
  });
}

/** Writes the token where it was to go, if that is a file; `lost` says what comes of one that can't be written. */
async function keep(
  token: string,
  out: NewFile | undefined,
  lost: (error: unknown) => Promise<Failure>,
): Promise<void> {
  try {
    await out?.write(`${token}\n`);
  } catch (error) {
    throw await lost(error);
  }
}

/** Revokes a token that nobody would hold. */
async function withdraw(leader: VaultClient, token: string, reason: unknown): Promise<Failure> {
  const loss = `the root token was made, but could not be written (${reasonOf(reason)})`;
  try {
    await leader.withToken(token).send("POST", "auth/token/revoke-self");
  } catch (error) {
    return unreachable(
      `${loss}, nor revoked (${reasonOf(error)}): it is valid for ever, and nobody holds it. Make another one, find this one among ` +
        "`vault list auth/token/accessors`, and revoke it with `vault token revoke -accessor`.",
      error,
    );
  }
  return actionNeeded(`${loss}, and was revoked at once. Run the command again with another --out.`);
}

async function finish(
  region: RootRegion,
  token: string,
  options: CeremonyOptions,
  terminal: Terminal,
): Promise<void> {
  const { out, json } = options;
  if (out === undefined) {
    terminal.result(token);
  } else if (json === true) {
    terminal.result(JSON.stringify({ stack: region.stack, out }));
  }
  await forget(options);
  terminal.report(
    `This token may do everything, for ever. Revoke it as soon as you are done: ${revocationCommand(region.stack, out)}`,
  );
}

/** At its end a ceremony's one-time password is of no use. */
async function forget({ otpFile }: CeremonyOptions): Promise<void> {
  if (otpFile !== undefined) {
    await rm(otpFile, { force: true });
  }
}

async function readCeremony(file: string | undefined): Promise<RootCeremony> {
  try {
    return JSON.parse(await readFile(file ?? "", "utf8")) as RootCeremony;
  } catch (error) {
    throw actionNeeded(
      `${file ?? ""} is not the file of a ceremony (${reasonOf(error)}). ` +
        "Name the --otp-file that it was started with.",
    );
  }
}
