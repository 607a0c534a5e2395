import process from "node:process";
import { styleText } from "node:util";

import type { Command } from "commander";

import { sourcesNamespace } from "../../components/federation/secret-paths.ts";
import type { PlannedSecret, Push, Register } from "../../components/federation/secret-plan.ts";
import { failureOf, pushedAt } from "../external-secrets/synced-object.ts";
import { missing } from "../external-secrets/synced-objects.ts";
import { exitCodes } from "../failure.ts";
import { notLinked } from "../links/region-links.ts";
import { RegionSecrets } from "../secrets/region-secrets.ts";
import type { SecretObjects } from "../secrets/secret-objects.ts";
import { isEntered } from "../secrets/restore.ts";
import { changedAt, currentState, type SecretState } from "../secrets/source.ts";
import type { Terminal } from "../terminal.ts";
import { describeState } from "./secret-get.ts";
import { describeWriters, regionSecretsCommand, type SecretOptions } from "./secret-options.ts";

interface Listed {
  readonly secret: PlannedSecret;
  /** Absent where the region has the secret in Vault only. */
  readonly state?: SecretState;
  /** Whether the region writes the secret, and has written nothing, whatever others have. */
  readonly hasNoPart: boolean;
  /** What keeps the region from seeing other writers' changes; empty where nothing does, or one region writes. */
  readonly registerObstacle: string;
  readonly pushes: readonly { readonly store: string; readonly path: string; readonly obstacle: string }[];
}

/** `vfed secret list` */
export function secretListCommand(terminal: Terminal): Command {
  return regionSecretsCommand({
    name: "list",
    summary: "show all shared secrets of a region, and where they have not arrived",
    description:
      "Shows every shared secret of a region: who writes it, which revision it has, and which Vaults do not have that. " +
      "Ends with 1 if something has not arrived, or nobody has entered a value.",
    examples: ["vfed secret list --stack hub", "vfed secret list --stack hub --json"],
  }).action(async (options: SecretOptions) => {
    const secrets = await RegionSecrets.open(options.stack, options.cwd);
    const listed = await Promise.all(secrets.plan.secrets.map((secret) => look(secrets, secret)));
    terminal.result(
      options.json === true
        ? JSON.stringify(listed.map(toJson), undefined, 2)
        : listed.map(render).join("\n"),
    );
    for (const name of await secrets.leftBehind()) {
      terminal.report(
        `Secret ${name} was entered for what ${options.stack} does not write any more. It would be pushed again if that came back: ` +
          `kubectl delete secret -n ${sourcesNamespace} ${name}`,
      );
    }
    process.exitCode = listed.some(needsSomebody) ? exitCodes.actionNeeded : exitCodes.fine;
  });
}

async function look(secrets: RegionSecrets, secret: PlannedSecret): Promise<Listed> {
  const { source, register } = secret;
  const stored = await secrets.stored(secret);
  const isHere = source !== undefined || register !== undefined;
  // A region that has never written its part of a secret has nothing to push.
  const own = stored.source === undefined ? [] : secret.pushes.map((push) => ({ push, from: stored.source }));
  const result = register === undefined ? [] : [{ push: register.push, from: stored.result }];
  const made = register === undefined ? "" : await registerObstacle(register, secrets.objects);
  const pushes = [...own, ...result].map(async ({ push, from }) => ({
    store: push.store,
    path: push.path,
    obstacle: await obstacleOf(push, changedAt(from), secrets.objects),
  }));
  return {
    secret,
    state: isHere ? currentState(stored) : undefined,
    registerObstacle: made,
    hasNoPart: isEntered(secret) && stored.source === undefined,
    pushes: await Promise.all(pushes),
  };
}

/** What keeps a register from making one Secret of all parts; empty if nothing does. */
async function registerObstacle({ name }: Register, objects: SecretObjects): Promise<string> {
  const place = { kind: "ExternalSecret", namespace: sourcesNamespace, name } as const;
  const register = await objects.synced.find(place);
  return register === undefined ? missing(place) : failureOf(register);
}

/**
 * What keeps a push from having written what its Secret holds; empty if it has.
 * @param changed When the Secret was last changed; undefined if that is not known.
 */
async function obstacleOf(
  { name }: Push,
  changed: Date | undefined,
  objects: SecretObjects,
): Promise<string> {
  const place = { kind: "PushSecret", namespace: sourcesNamespace, name } as const;
  const push = await objects.synced.find(place);
  if (push === undefined) {
    return missing(place);
  }
  const time = pushedAt(push);
  const isBehind = time === undefined || (changed !== undefined && new Date(time) < changed);
  const failure = failureOf(push);
  return failure === "" && isBehind ? "External Secrets has not pushed the last change yet" : failure;
}

function isEmpty({ state }: Listed): boolean {
  return state !== undefined && !state.removed && Object.keys(state.values).length === 0;
}

function needsSomebody(listed: Listed): boolean {
  const { secret, registerObstacle: obstacle, pushes } = listed;
  const isBehind = obstacle !== "" || pushes.some((push) => push.obstacle !== "");
  return isEmpty(listed) || isBehind || secret.awaits !== undefined;
}

function toJson({ secret, state, ...found }: Listed): object {
  const { path, type, writers, generated, awaits } = secret;
  const known =
    state === undefined
      ? {}
      : { revision: state.revision, removed: state.removed, keys: Object.keys(state.values).sort() };
  return { path, type, writers, generated: generated !== undefined, ...known, ...found, awaits };
}

function render(listed: Listed): string {
  const { secret, state, pushes } = listed;
  const title = [
    styleText("bold", secret.path),
    describeWriters(secret),
    state === undefined ? "in Vault only" : describeState(state),
  ].join("  ");
  const failing = [
    ...(listed.registerObstacle === "" ? [] : [`other regions' parts: ${listed.registerObstacle}`]),
    ...(secret.awaits ?? []).map((peer) => `${peer} can't get it: ${notLinked(peer)}`),
    // That its pushes have no source is no news where nobody has entered a value.
    ...(isEmpty(listed) ? [] : pushes)
      .filter(({ obstacle }) => obstacle !== "")
      .map(({ store, path, obstacle }) => `${path} in ${store}: ${obstacle}`),
  ];
  return [
    title,
    ...hints(listed).map((hint) => `  ${hint}`),
    ...failing.map((line) => `  ${styleText("red", "✗")} ${line}`),
  ].join("\n");
}

/** What a person may have to do about a secret that this region has written nothing of. */
function hints(listed: Listed): string[] {
  if (isEmpty(listed)) {
    return [`${styleText("yellow", "?")} ${remedy(listed.secret)}`];
  }
  // Others may hold an older part of another region's than this one had written, before it lost its cluster.
  return listed.hasNoPart
    ? [
        `${styleText("dim", "·")} nothing was entered here yet; after the loss of the cluster: vfed secret restore`,
      ]
    : [];
}

function remedy({ path, source, generated, writers }: PlannedSecret): string {
  if (source === undefined) {
    return `${writers.join(" or ")} has to enter a value, and it has to arrive`;
  }
  return generated === undefined
    ? `enter a value: vfed secret set ${path} <key>=-; after the loss of the cluster: vfed secret restore`
    : "its Secret is gone: run `pulumi up --refresh`";
}
