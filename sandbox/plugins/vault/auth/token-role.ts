import { endpointKind } from "../endpoint.ts";
import { ENTERPRISE } from "../resource.ts";
import { decodeTokenFields, TOKEN_FIELDS } from "./token-fields.ts";

const NAMES = { kind: "set", item: { kind: "text" } } as const;

const UNKNOWN_TO_VAULT = {
  kind: "refused",
  reason: "does not exist for roles of tokens, which Vault would only find out by forgetting it",
} as const;

/** `vault:tokenauth/authBackendRole:AuthBackendRole` */
export const TOKEN_ROLE = endpointKind({
  title: "token role",
  fields: {
    ...TOKEN_FIELDS,
    roleName: { kind: "text", required: true },
    allowedPolicies: NAMES,
    allowedPoliciesGlobs: NAMES,
    disallowedPolicies: NAMES,
    disallowedPoliciesGlobs: NAMES,
    allowedEntityAliases: NAMES,
    orphan: { kind: "boolean", default: false },
    renewable: { kind: "boolean", default: true },
    pathSuffix: { kind: "text", default: "" },
    tokenType: { kind: "text", default: "default-service" },
    aliasMetadata: UNKNOWN_TO_VAULT,
    tokenMaxTtl: UNKNOWN_TO_VAULT,
    tokenPolicies: UNKNOWN_TO_VAULT,
    tokenTtl: UNKNOWN_TO_VAULT,
    namespace: ENTERPRISE,
  },
  id: "auth/token/roles/{roleName}",
  apiNames: {
    allowedPoliciesGlobs: "allowed_policies_glob",
    disallowedPoliciesGlobs: "disallowed_policies_glob",
  },
  decode: decodeTokenFields,
});
