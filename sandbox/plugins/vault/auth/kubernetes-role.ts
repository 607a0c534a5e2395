import { endpointKind } from "../endpoint.ts";
import { ENTERPRISE } from "../resource.ts";
import { decodeTokenFields, TOKEN_FIELDS } from "./token-fields.ts";

/** `vault:kubernetes/authBackendRole:AuthBackendRole` */
export const KUBERNETES_ROLE = endpointKind({
  title: "Kubernetes auth role",
  fields: {
    ...TOKEN_FIELDS,
    backend: { kind: "text", default: "kubernetes", canonical: (path) => path.replace(/^\/+|\/+$/g, "") },
    roleName: { kind: "text", required: true },
    boundServiceAccountNames: { kind: "set", item: { kind: "text" }, required: true },
    boundServiceAccountNamespaces: { kind: "set", item: { kind: "text" } },
    boundServiceAccountNamespaceSelector: { kind: "text" },
    audience: { kind: "text" },
    aliasNameSource: { kind: "text", computed: true },
    namespace: ENTERPRISE,
  },
  id: "auth/{backend}/role/{roleName}",
  decode: decodeTokenFields,
});
