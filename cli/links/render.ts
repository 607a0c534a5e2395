import { durationInWords } from "./duration.ts";
import { linkProblems, type LinkStatus } from "./status.ts";
import type { TokenLife } from "./token-life.ts";

/** Writes how a link stands for people. No value of a secret is in it. */
export function renderLink(status: LinkStatus): string {
  const { peer, link, incoming, outgoing, pushes, secrets } = status;
  const lines = [
    ...(outgoing === undefined
      ? []
      : [`${link === "jwt" ? "login at" : "token to"} ${peer}: ${lifeInWords(outgoing)}`]),
    ...(incoming === undefined ? [] : [`token of ${peer}: ${lifeInWords(incoming)}`]),
    ...pushes.map(({ name, lastSync }) => `push ${name}: ${lastSync ?? "never"}`),
    ...secrets.map(
      ({ path, here, there, verdict }) =>
        `secret ${path}: ${verdict} (version ${here.version ?? "none"} here, ${there.version ?? "none"} there)`,
    ),
    ...linkProblems(status).map((problem) => `! ${problem}`),
  ];
  return [`${peer}: ${link === "none" ? "no link yet" : `link by ${link}`}`, ...lines].join("\n  ");
}

function lifeInWords(life: TokenLife): string {
  return life.state === "valid"
    ? `${durationInWords(life.ageSeconds)} old, ${durationInWords(life.remainingSeconds)} left`
    : life.state;
}
