import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { findObject, KubernetesApi } from "../cluster/kubernetes-api.ts";
import { sharedByBoth } from "../federation/project.ts";
import type { PulumiCli } from "../federation/pulumi.ts";
import { kubeconfigOf } from "../federation/region.ts";
import { VaultOperators } from "../federation/vault-operators.ts";
import type { BenchArgs, BenchRun } from "./bench.ts";
import type { Findings } from "./measurement.ts";
import { sharingIntervals } from "./sharing-intervals.ts";
import { VaultReader, type PodIdentity, type VaultPlace } from "./vault-reader.ts";

/** From where to where. */
const [writer, reader] = ["hub", "edge"] as const;

/** Where a value is seen on its way, in this order. */
const stations = {
  part: `${writer}'s part in ${reader}'s Vault`,
  vault: `its path in ${reader}'s Vault`,
  secret: `Kubernetes Secret in ${reader}`,
} as const;

type Station = keyof typeof stations;

const pollMilliseconds = 100;
const patienceMilliseconds = 180_000;

/**
 * Writes values of the secret that both regions write, by the operators' own command, and times from when it says that the
 * Secret in its region is written until the other region has the value.
 */
export async function benchCrossing(args: BenchArgs, run: BenchRun): Promise<Findings> {
  const { folder, checkout, environment, pulumi, samples } = args;
  const intervals = await sharingIntervals(pulumi, reader);
  const operators = new VaultOperators({
    checkout,
    project: environment.VAULT_FEDERATION_PROJECT ?? "",
    keys: folder.operators,
    environment,
  });
  const lookout = await lookOut(pulumi, run.signal);
  const seconds: Record<Station, number[]> = { part: [], vault: [], secret: [] };
  const period = milliseconds(intervals.refreshAfter);
  try {
    for (let sample = 1; sample <= samples; sample += 1) {
      run.report(`value ${sample} of ${samples}`);
      // The last value was seen when a timer fired: what is written right after it would always wait as long.
      await sleep(Math.random() * period, undefined, { signal: run.signal });
      const times = await sendValue(operators, lookout.see, run);
      for (const station of Object.keys(times) as Station[]) {
        seconds[station].push(times[station]);
      }
    }
  } finally {
    await lookout.close();
  }
  return {
    measurements: Object.entries(stations).map(([station, subject]) => ({
      subject,
      unit: "s",
      values: seconds[station as Station],
    })),
    conditions: [
      `\`vfed secret set ${sharedByBoth}\` in ${writer}, which pushes at once; looked for every ${pollMilliseconds} ms. ` +
        "A secret with one home is at its path when the part is here.",
      `refreshInterval ${intervals.refreshInterval} (1m by default) is how often ${reader} looks for parts and pushes their ` +
        `result, refreshAfter ${intervals.refreshAfter} (30s by default) how often its Secret is compared with Vault.`,
    ],
  };
}

/** What can be seen in the region that is written to. */
interface Lookout {
  /** Reads what is there now; undefined if nothing is. */
  readonly see: Readonly<Record<Station, () => Promise<unknown>>>;
  readonly close: () => Promise<void>;
}

/** Each place is read by one who may: the parts by the operator that makes the result of them, that by a consumer. */
async function lookOut(pulumi: PulumiCli, signal: AbortSignal): Promise<Lookout> {
  const cluster = new KubernetesApi(await kubeconfigOf(reader, pulumi));
  const place = JSON.parse(await pulumi.run(["stack", "output", "--json", "--stack", reader])) as VaultPlace;
  const readAs = (identity: PodIdentity): Promise<VaultReader> => VaultReader.as(identity, cluster, place);
  const [operator, consumer] = await Promise.all([
    readAs({ namespace: "external-secrets", serviceAccount: "external-secrets", role: "external-secrets" }),
    readAs({ namespace: "demo", serviceAccount: "vso-auth", role: "consumer-demo" }),
  ]);
  const name = sharedByBoth.replace("/", "-");
  return {
    see: {
      part: async () => (await operator.read(`shared/${sharedByBoth}/${writer}`, signal))?.value,
      vault: async () => (await consumer.read(sharedByBoth, signal))?.value,
      secret: async () => {
        const secret = await findObject(cluster.core.readNamespacedSecret({ name, namespace: "demo" }));
        return Buffer.from(secret?.data?.value ?? "", "base64").toString();
      },
    },
    close: async () => {
      // A token that Vault can't be told of any more ends by itself.
      await Promise.allSettled([operator.close(), consumer.close()]);
    },
  };
}

/** Sends one value, and answers after how many seconds it was seen where. */
async function sendValue(
  operators: VaultOperators,
  see: Lookout["see"],
  { signal }: BenchRun,
): Promise<Record<Station, number>> {
  const value = randomBytes(18).toString("base64url");
  const written = Promise.withResolvers<number>();
  const command = operators.enter(writer, sharedByBoth, value, {
    signal,
    onLine: (line) => {
      if (line.startsWith("wrote revision")) {
        written.resolve(performance.now());
      }
    },
  });
  // Heard below, at the latest; it must not end this process before.
  command.catch(() => undefined);
  const start = await Promise.race([written.promise, command.then(() => written.promise)]);
  const times: Record<Station, number> = { part: 0, vault: 0, secret: 0 };
  for (const station of Object.keys(stations) as Station[]) {
    while ((await see[station]()) !== value) {
      if (performance.now() - start > patienceMilliseconds) {
        throw new Error(
          `a value was not in ${stations[station]} after ${patienceMilliseconds / 1_000} s; ` +
            `\`vfed secret list --stack ${reader}\` and \`vfed link status ${reader}\` say what is in the way`,
        );
      }
      await sleep(pollMilliseconds, undefined, { signal });
    }
    times[station] = (performance.now() - start) / 1_000;
  }
  await command;
  return times;
}

/** Reads an interval of the sandbox's own stack files, which are in seconds or minutes. */
function milliseconds(interval: string): number {
  return Number.parseInt(interval, 10) * (interval.endsWith("m") ? 60_000 : 1_000);
}
