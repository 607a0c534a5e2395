import { sandboxName } from "../../sandbox/state/identity.ts";
import { assertExit } from "./command.ts";
import type { TestSandbox } from "./sandbox.ts";

/** Does something while whatever a sandbox's machines send to an address is lost, as in a network that is dead. */
export async function withoutWayTo(
  sandbox: TestSandbox,
  address: string,
  work: () => Promise<void>,
): Promise<void> {
  const { id } = await sandbox.identity();
  // Everything that machines send passes the router.
  const nft = async (...args: string[]): Promise<void> => {
    assertExit(await sandbox.run("ip", ["netns", "exec", `${sandboxName(id)}-router`, "nft", ...args]));
  };
  await nft("add", "table", "ip", "cut");
  await nft("add", "chain", "ip", "cut", "forward", "{ type filter hook forward priority 0; }");
  await nft("add", "rule", "ip", "cut", "forward", "ip", "daddr", address, "counter", "drop");
  try {
    await work();
  } finally {
    await nft("delete", "table", "ip", "cut");
  }
}
