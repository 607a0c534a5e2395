import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import { linkOutputNames, type RemoteVault, type ServiceAccountIssuer, type TokenIssue } from "./contract.ts";
import { configCommand, ConfigurationError, type Problem } from "./problem.ts";
import type { PeerSettings } from "./peer-settings.ts";

const tokenIssue = z.object({ number: z.int(), issuedAt: z.iso.datetime({ offset: true }) });
const serviceAccountIssuer = z.object({ issuer: z.string(), keys: z.array(z.string()).min(1) });

/** What a peer's stack tells this one. It was written by another version of the program, perhaps: nothing is required. */
const peerSchema = z.object({
  vaultAddress: z.string().optional(),
  vaultCaBundle: z.string().optional(),
  vaultEnterpriseNamespace: z.string().optional(),
  linkAuth: z.enum(["token", "jwt"]).optional(),
  serviceAccountIssuer: serviceAccountIssuer.optional(),
  token: z.string().optional(),
  tokenIssue: tokenIssue.optional(),
  /** Whose JWTs the peer takes for this region's. */
  issuer: serviceAccountIssuer.optional(),
});

const rememberedSchema = z.object({
  remote: z
    .object({
      address: z.string(),
      caBundle: z.string().optional(),
      namespace: z.string().optional(),
      login: z.discriminatedUnion("auth", [
        z.object({ auth: z.literal("token"), token: z.string(), issuedAt: z.string() }),
        z.object({ auth: z.literal("jwt") }),
      ]),
    })
    .optional(),
  tokenIssue: tokenIssue.optional(),
  issuer: serviceAccountIssuer.optional(),
});

/** What a peer's stack tells this one, as far as it does. */
export type PeerOutputs = z.infer<typeof peerSchema>;

/** What this stack wrote down of a peer at the end of its last update. */
export interface RememberedPeer {
  /** The peer's Vault; absent as long as there never was a link. */
  readonly remote?: RemoteVault;
  /** The token that was last made for the peer. */
  readonly tokenIssue?: TokenIssue;
  /** Who signs the peer's JWTs; absent as long as it has not said so. */
  readonly issuer?: ServiceAccountIssuer;
}

/** All that is known of a peer before anything is declared. */
export interface KnownPeer {
  /** Whether the peer's stack has any outputs. */
  readonly isUp: boolean;
  readonly outputs: PeerOutputs;
  readonly remembered: RememberedPeer;
}

/** Outputs of a stack, and which of them are secret. */
interface StackOutputs {
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly secretOutputNames: readonly string[];
}

/**
 * Reads what the peers' stacks and this stack itself said at the end of their last updates. What steers the program's
 * structure must be known before anything is declared, in a preview too.
 * @throws ConfigurationError if a peer's stack can't be read, or its secrets can't be decrypted: going on without them
 * would drop the link.
 */
export async function readPeers(peers: PeerSettings): Promise<Readonly<Record<string, KnownPeer>>> {
  const names = Object.keys(peers);
  if (names.length === 0) {
    return {};
  }
  const own = await readStack(fullName(pulumi.getStack()));
  const found = await Promise.all(
    Object.entries(peers).map(async ([peer, { stack }]) => readPeer(peer, stack ?? fullName(peer), own)),
  );
  const problems = found.flatMap((result) => ("property" in result ? [result] : []));
  if (problems.length > 0) {
    throw new ConfigurationError(pulumi.getStack(), problems);
  }
  return Object.fromEntries(
    found.flatMap((result, index) => ("property" in result ? [] : [[names[index] ?? "", result] as const])),
  );
}

async function readPeer(peer: string, stack: string, own: StackOutputs): Promise<KnownPeer | Problem> {
  const property = `${pulumi.getProject()}:peers.${peer}`;
  let read: StackOutputs;
  try {
    read = await readStack(stack);
  } catch (error) {
    return {
      property,
      received: `stack "${stack}", of which the engine says: ${reasonOf(error)}`,
      allowed: "a stack that exists and can be read; it need not be up yet",
      remedy: `pulumi stack init ${peer}, or ${configCommand("rm", property)} to drop the link`,
    };
  }
  const elided =
    elidedOutput(read, linkOutputNames(pulumi.getStack()).token) ??
    elidedOutput(own, linkOutputNames(peer).remote);
  if (elided !== undefined) {
    return {
      property,
      received: `stack "${stack}", but the secret output ${elided} can't be decrypted`,
      allowed: "a stack whose secrets this run can decrypt",
      remedy: `set the passphrase (PULUMI_CONFIG_PASSPHRASE) or log in to the key service that both stacks use`,
    };
  }
  const said = peerSchema.safeParse(withoutPeerNames(read.outputs, pulumi.getStack()));
  if (!said.success) {
    const broken = said.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
    return {
      property,
      received: `stack "${stack}", whose outputs are not those of this program (${broken.join("; ")})`,
      allowed: "a stack of this program, in a version that this one understands",
      remedy: `pulumi up --stack ${stack} with this version of the program`,
    };
  }
  return {
    isUp: Object.keys(read.outputs).length > 0,
    outputs: said.data,
    remembered: rememberedSchema.parse(withoutPeerNames(own.outputs, peer)),
  };
}

/** Outputs of which those that are made for one peer have the names that they have in the contract. */
function withoutPeerNames(outputs: StackOutputs["outputs"], peer: string): Record<string, unknown> {
  const perPeer = Object.entries(linkOutputNames(peer)).flatMap(([name, published]): [string, unknown][] =>
    published in outputs ? [[name, outputs[published]]] : [],
  );
  return { ...outputs, ...Object.fromEntries(perPeer) };
}

/** The output's name if the engine could not decrypt it: it hands over an empty object then, without an error. */
function elidedOutput({ outputs, secretOutputNames }: StackOutputs, name: string): string | undefined {
  const value = outputs[name];
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return secretOutputNames.includes(name) && isEmpty ? name : undefined;
}

/**
 * Reads a stack's outputs as a StackReference does, by the call below it: a reference to a stack that does not exist
 * ends the update before the program can say what to do, and one to a stack that does copies all its secrets, the
 * kubeconfig among them, into this stack's state.
 */
async function readStack(name: string): Promise<StackOutputs> {
  const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
  return answer as StackOutputs;
}

function fullName(stack: string): string {
  return `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^.*returned an error: /, "");
}
