import type * as schema from "../schema/kind.ts";
import type { LinodeClient } from "./client.ts";

/** What an operation on Linode's API works with. */
export type Operation = schema.Operation<LinodeClient>;

/** One type of resource of Linode's API. */
export type Kind = schema.Kind<LinodeClient>;
