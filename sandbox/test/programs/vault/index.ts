import { Config, all } from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";

const config = new Config();
const certificate = config.require("certificate");

const provider = new vault.Provider("vault", {
  address: config.require("address"),
  caCertFile: config.require("caCertFile"),
  authLogin: all([config.requireSecret("roleId"), config.requireSecret("secretId")]).apply(
    ([roleId, secretId]) => ({
      path: "auth/approle/login",
      parameters: { role_id: roleId, secret_id: secretId },
    }),
  ),
  maxLeaseTtlSeconds: config.getNumber("life") ?? 3600,
});
const audit = new vault.Audit(
  "audit",
  {
    type: "file",
    path: "file",
    description: config.get("auditDescription") ?? "all",
    options: { file_path: "discard" },
  },
  { provider, deleteBeforeReplace: true },
);
// Vault may fail what it does in the moment in which its first audit device comes up.
const options = { provider, dependsOn: [audit] };
new vault.RaftAutopilot("autopilot", { cleanupDeadServers: true, minQuorum: 3 }, options);
const mount = new vault.Mount(
  "secrets",
  {
    path: config.get("path") ?? "secret",
    type: "kv",
    options: { version: "2" },
    description: "shared secrets",
  },
  options,
);
const versions = new vault.kv.SecretBackendV2(
  "versions",
  { mount: mount.path, maxVersions: 7, deleteVersionAfter: 3600 },
  options,
);
new vault.kv.SecretV2(
  "database",
  {
    mount: mount.path,
    name: "team/database",
    dataJson: config.requireSecret("data"),
    customMetadata: { data: { "managed-by": "external-secrets" } },
  },
  { ...options, dependsOn: [versions] },
);
new vault.kv.SecretV2(
  "hidden",
  {
    mount: mount.path,
    name: "team/hidden",
    dataJsonWo: config.requireSecret("hidden"),
    dataJsonWoVersion: config.getNumber("hiddenVersion") ?? 1,
    deleteAllVersions: true,
  },
  { ...options, dependsOn: [versions] },
);

const kubernetes = new vault.AuthBackend(
  "kubernetes",
  { type: "kubernetes", description: "pods", tune: { defaultLeaseTtl: "1h", maxLeaseTtl: "24h" } },
  options,
);
const reviewer = new vault.kubernetes.AuthBackendConfig(
  "reviewer",
  {
    backend: kubernetes.path,
    kubernetesHost: "https://kubernetes.default.svc:443",
    kubernetesCaCert: certificate,
    tokenReviewerJwt: config.requireSecret("reviewer"),
  },
  options,
);
const policy = new vault.Policy(
  "reader",
  {
    name: "reader",
    policy: config.get("policy") ?? 'path "secret/data/team/*" {\n  capabilities = ["read"]\n}\n',
  },
  options,
);
new vault.kubernetes.AuthBackendRole(
  "consumer",
  {
    backend: reviewer.backend.apply((backend) => backend ?? ""),
    roleName: config.get("roleName") ?? "consumer",
    boundServiceAccountNames: ["vso-auth"],
    boundServiceAccountNamespaces: ["shop", "bank"],
    audience: "vault",
    tokenPolicies: [policy.name, "another"],
    tokenTtl: config.getNumber("ttl") ?? 3600,
  },
  options,
);

const jwt = new vault.jwt.AuthBackend(
  "jwt",
  {
    path: "peer",
    jwtValidationPubkeys: [config.require("publicKey")],
    boundIssuer: "https://kubernetes.default.svc",
    tune: { tokenType: "default-service" },
  },
  options,
);
new vault.jwt.AuthBackendRole(
  "peer",
  {
    backend: jwt.path.apply((path) => path ?? ""),
    roleName: "peer",
    roleType: "jwt",
    userClaim: "sub",
    boundAudiences: ["vault"],
    boundClaims: { team: "shop,bank" },
    tokenPolicies: [policy.name],
  },
  options,
);

const role = new vault.tokenauth.AuthBackendRole(
  "tokens",
  {
    roleName: "peer",
    allowedPolicies: [policy.name, "unused"],
    orphan: true,
    tokenPeriod: 86_400,
    tokenBoundCidrs: ["127.0.0.1/32"],
  },
  options,
);
const token = new vault.Token("token", { roleName: role.roleName, policies: [policy.name] }, options);
if (config.getBoolean("child") === true) {
  new vault.Token("child", { policies: [policy.name], ttl: "10m" }, options);
}
if (config.getBoolean("unsupported") === true) {
  new vault.Namespace("unsupported", { path: "apart" }, options);
}

export const clientToken = token.clientToken;
export const accessor = kubernetes.accessor;
export const mountAccessor = mount.accessor;
