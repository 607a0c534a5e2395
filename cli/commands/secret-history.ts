import type { V1Secret } from "@kubernetes/client-node";
import type { Command } from "commander";

import { sourcesNamespace as namespace } from "../../components/federation/secret-paths.ts";
import type { PlannedSecret } from "../../components/federation/secret-plan.ts";
import { pushedAt } from "../external-secrets/synced-object.ts";
import { actionNeeded } from "../failure.ts";
import { Region } from "../region/region.ts";
import { RegionSecrets } from "../secrets/region-secrets.ts";
import { changedAt, stateOf } from "../secrets/source.ts";
import { versionsOf } from "../secrets/versions.ts";
import { requireLeader } from "../servers/settle.ts";
import type { Terminal } from "../terminal.ts";
import { environmentToken } from "./options.ts";
import { oneSecretCommand, type SecretOptions } from "./secret-options.ts";

/** Something that happened to a secret. */
interface Event {
  readonly time: string;
  readonly what: string;
}

/** `vfed secret history` */
export function secretHistoryCommand(terminal: Terminal): Command {
  return oneSecretCommand({
    name: "history",
    summary: "show when a secret changed",
    description:
      "Shows when a shared secret changed, without values. With a token in VAULT_TOKEN that may read its metadata: every " +
      "version that the region's Vault remembers. Otherwise what Kubernetes knows: the last change, and the last pushes.",
    examples: ["vfed secret history app/database --stack hub"],
  }).action(async (path: string, options: SecretOptions) => {
    const secrets = await RegionSecrets.open(options.stack, options.cwd);
    const secret = secrets.find(path);
    const token = environmentToken();
    const events =
      token === undefined ? await fromKubernetes(secrets, secret) : await fromVault(secret, options, token);
    if (events.length === 0) {
      throw actionNeeded(`nothing has happened to ${path} yet. Enter a value with vfed secret set.`);
    }
    terminal.result(
      options.json === true
        ? JSON.stringify({ stack: options.stack, path, events }, undefined, 2)
        : events.map(({ time, what }) => `${time}  ${what}`).join("\n"),
    );
  });
}

async function fromVault(
  secret: PlannedSecret,
  { stack, cwd }: SecretOptions,
  token: string,
): Promise<Event[]> {
  const region = await Region.open(stack, cwd);
  try {
    const leader = await requireLeader(region.servers.all);
    const versions = await versionsOf(leader.withToken(token), secret);
    return versions.map(({ path, version, created, readable }) => ({
      time: created,
      what: `${path} version ${version}${readable ? "" : ", which is deleted"}`,
    }));
  } finally {
    region.close();
  }
}

async function fromKubernetes(
  { objects }: RegionSecrets,
  { source, register, pushes }: PlannedSecret,
): Promise<Event[]> {
  const names = [source, register?.target].filter((name) => name !== undefined);
  const changes = names.map(async (name) => lastChange(name, await objects.secret(name)));
  const planned = [...pushes, ...(register === undefined ? [] : [register.push])];
  const syncs = planned.map(async ({ name, store, path }) => {
    const push = await objects.synced.find({ kind: "PushSecret", namespace, name });
    const time = push === undefined ? undefined : pushedAt(push);
    return time === undefined ? [] : [{ time, what: `${path} was in ${store} as it is now` }];
  });
  const events = (await Promise.all([...changes, ...syncs])).flat();
  return events.sort((a, b) => a.time.localeCompare(b.time, "en"));
}

function lastChange(name: string, secret: V1Secret | undefined): Event[] {
  const last = changedAt(secret);
  const { revision, removed } = stateOf(secret);
  const what = `${name} ${removed ? "was removed" : "changed"}${revision === 0 ? "" : `, revision ${revision}`}`;
  return last === undefined ? [] : [{ time: last.toISOString(), what }];
}
