import { linkNamespace as namespace } from "../../components/federation/link-names.ts";
import { synchronise, type Synchroniser } from "../external-secrets/synchronise.ts";
import { unreachable } from "../failure.ts";

/**
 * Has a fresh token minted for a peer and carried there, and waits for both.
 * @param name Name of the ExternalSecret and the PushSecret that do it.
 * @param deadline Milliseconds since the epoch.
 * @throws Failure when the time is up, with what External Secrets says.
 */
export async function rotate(objects: Synchroniser, name: string, deadline: number): Promise<void> {
  for (const kind of ["ExternalSecret", "PushSecret"] as const) {
    const obstacle = await synchronise(objects, { kind, namespace, name }, deadline);
    if (obstacle !== "") {
      throw unreachable(
        `the ${kind} ${name} was not synchronised: ${obstacle}. Look at \`vfed link status\`.`,
      );
    }
  }
}
