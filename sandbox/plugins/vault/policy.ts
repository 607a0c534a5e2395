import { endpointKind } from "./endpoint.ts";
import { ENTERPRISE } from "./resource.ts";

const NAME_RULE = "must be lower case, as Vault turns it into that and would not be asked for it again";

/** `vault:index/policy:Policy` */
export const POLICY = endpointKind({
  title: "policy",
  fields: {
    name: { kind: "text", required: true },
    policy: { kind: "text", required: true },
    namespace: ENTERPRISE,
  },
  prefix: "sys/policies/acl/",
  id: "{name}",
  checkTogether: ({ name }) =>
    typeof name === "string" && name !== name.toLowerCase()
      ? [{ property: "name", reason: `${NAME_RULE}, but is ${JSON.stringify(name)}` }]
      : [],
});
