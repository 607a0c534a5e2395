import type { SealStatus } from "../../components/vault/api/seal.ts";
import type { AnsweringServer } from "../../cli/servers/server-state.ts";

/** An unsealed standby that follows `vault-0`, with changes. */
export function serverState(
  name: string,
  { seal, ...changes }: Partial<Omit<AnsweringServer, "seal">> & { readonly seal?: Partial<SealStatus> } = {},
): AnsweringServer {
  return {
    name,
    seal: {
      type: "shamir",
      initialized: true,
      sealed: false,
      t: 2,
      n: 3,
      progress: 0,
      version: "1.21.0",
      cluster_id: "cluster-1",
      recovery_seal: false,
      ...seal,
    },
    health: 429,
    leads: false,
    leaderAddress: "https://vault-0:8200",
    committedIndex: 100,
    appliedIndex: 100,
    ...changes,
  };
}

/** `vault-0`, unsealed and leading, with changes. */
export function leaderState(changes: Parameters<typeof serverState>[1] = {}): AnsweringServer {
  return serverState("vault-0", { health: 200, leads: true, ...changes });
}

/** A sealed server, with changes of its seal. */
export function sealedState(name: string, seal: Partial<SealStatus> = {}): AnsweringServer {
  return serverState(name, {
    seal: { sealed: true, cluster_id: undefined, ...seal },
    health: 503,
    leaderAddress: "",
    committedIndex: 0,
    appliedIndex: 0,
  });
}
