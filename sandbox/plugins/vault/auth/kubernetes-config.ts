import { endpointKind } from "../endpoint.ts";
import { ENTERPRISE } from "../resource.ts";

/** `vault:kubernetes/authBackendConfig:AuthBackendConfig`; it goes when its auth method goes. */
export const KUBERNETES_CONFIG = endpointKind({
  title: "configuration of the Kubernetes auth method",
  fields: {
    backend: { kind: "text", default: "kubernetes", canonical: (path) => path.replace(/^\/+|\/+$/g, "") },
    kubernetesHost: { kind: "text", required: true },
    kubernetesCaCert: { kind: "text", computed: true },
    tokenReviewerJwt: { kind: "text", secret: true },
    tokenReviewerJwtWo: { kind: "text", secret: true, writeOnly: true },
    tokenReviewerJwtWoVersion: { kind: "whole number" },
    disableLocalCaJwt: { kind: "boolean", computed: true },
    disableIssValidation: { kind: "boolean", computed: true },
    issuer: { kind: "text" },
    pemKeys: { kind: "list", item: { kind: "text" } },
    useAnnotationsAsAliasMetadata: { kind: "boolean", computed: true },
    namespace: ENTERPRISE,
  },
  id: "auth/{backend}/config",
  unanswered: ["tokenReviewerJwt"],
  apiNames: {
    kubernetesCaCert: "kubernetes_ca_cert",
    disableLocalCaJwt: "disable_local_ca_jwt",
    // A write without it would make Vault forget it, so each one has it.
    tokenReviewerJwtWo: "token_reviewer_jwt",
    tokenReviewerJwtWoVersion: undefined,
  },
  remove: () => Promise.resolve(),
});
