import { isIPv4 } from "node:net";
import { isList } from "../../frame/values.ts";
import type { Properties } from "../../frame/values.ts";
import type { Fields } from "../../schema/field.ts";

/** What every role says of the tokens that it gives out; times are in seconds. */
export const TOKEN_FIELDS: Fields = {
  aliasMetadata: { kind: "map" },
  tokenBoundCidrs: { kind: "set", item: { kind: "text" } },
  tokenExplicitMaxTtl: { kind: "whole number", minimum: 0 },
  tokenMaxTtl: { kind: "whole number", minimum: 0 },
  tokenNoDefaultPolicy: { kind: "boolean" },
  tokenNumUses: { kind: "whole number", minimum: 0 },
  tokenPeriod: { kind: "whole number", minimum: 0 },
  tokenPolicies: { kind: "set", item: { kind: "text" } },
  tokenTtl: { kind: "whole number", minimum: 0 },
  tokenType: { kind: "text", default: "default" },
};

/** Vault takes the prefix off a network of one address; it is put on again, unless the program writes it without, too. */
export function decodeTokenFields(data: Properties, state: Properties): Properties {
  const networks = isList(data.token_bound_cidrs) ? data.token_bound_cidrs : [];
  const written = isList(state.tokenBoundCidrs) ? state.tokenBoundCidrs : [];
  const whole = networks.map((network) =>
    typeof network !== "string" || network.includes("/") || written.includes(network)
      ? network
      : `${network}/${isIPv4(network) ? "32" : "128"}`,
  );
  return { ...data, token_bound_cidrs: whole };
}
