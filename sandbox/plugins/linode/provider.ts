import type { InvokeRequest } from "../frame/provider.ts";
import type { Properties } from "../frame/values.ts";
import { SchemaProvider } from "../schema/provider.ts";
import { LinodeClient, LinodeFailure } from "./client.ts";
import { LKE_CLUSTER } from "./cluster/cluster.ts";
import { DOMAIN } from "./domain.ts";
import { DOMAIN_RECORD } from "./domain-record.ts";
import { FIREWALL } from "./firewall.ts";
import { FUNCTIONS } from "./functions.ts";
import { LKE_NODE_POOL } from "./node-pool.ts";
import { checkSettings, readSettings } from "./settings.ts";
import { TOKEN } from "./token.ts";

const KINDS = {
  "linode:index/lkeCluster:LkeCluster": LKE_CLUSTER,
  "linode:index/lkeNodePool:LkeNodePool": LKE_NODE_POOL,
  "linode:index/domain:Domain": DOMAIN,
  "linode:index/domainRecord:DomainRecord": DOMAIN_RECORD,
  "linode:index/firewall:Firewall": FIREWALL,
  "linode:index/token:Token": TOKEN,
};

/** Stands in for the official plugin `linode`: the types that a federation is made of, against the same API. */
export class LinodeProvider extends SchemaProvider<LinodeClient> {
  /** @param environment Where LINODE_TOKEN and its like are looked up. */
  constructor(environment: NodeJS.ProcessEnv) {
    super({
      name: "linode",
      kinds: KINDS,
      check: checkSettings,
      connect: (config) => new LinodeClient(readSettings(config, environment)),
      isGone: (error) => error instanceof LinodeFailure && error.status === 404,
    });
  }

  async invoke({ token, args, signal }: InvokeRequest): Promise<Properties | undefined> {
    return FUNCTIONS.get(token)?.({ client: this.client, signal }, args);
  }
}
