import type { VaultClient } from "../../components/vault/api/vault-client.ts";
import type { Recording, Registration } from "./record.ts";

/** A policy as the program registers it. */
export interface RecordedPolicy {
  readonly name: string;
  readonly text: string;
}

/** All policies of a recording, Pulumi's own included. */
export function policiesOf(recording: Recording): RecordedPolicy[] {
  const own = recording.one("pulumi-nodejs:dynamic/vault-federation:VaultBootstrap", "vault-bootstrap-run");
  return [
    { name: "pulumi", text: String(own.inputs.pulumiPolicy) },
    ...ofType(recording, "vault:index/policy:Policy").map(({ inputs }) => ({
      name: String(inputs.name),
      text: String(inputs.policy),
    })),
  ];
}

/** Makes in a real Vault what the program registers: the mount, policies, and the roles that tokens come from. */
export async function configure(root: VaultClient, recording: Recording): Promise<void> {
  for (const { inputs } of ofType(recording, "vault:index/mount:Mount")) {
    await root.send("POST", `sys/mounts/${String(inputs.path)}`, {
      type: inputs.type,
      options: inputs.options,
    });
  }
  for (const { inputs } of ofType(recording, "vault:index/authBackend:AuthBackend")) {
    await root.send("POST", `sys/auth/${String(inputs.path)}`, { type: inputs.type });
  }
  for (const { name, text } of policiesOf(recording)) {
    await root.send("PUT", `sys/policies/acl/${name}`, { policy: text });
  }
  for (const { inputs } of ofType(recording, "vault:tokenauth/authBackendRole:AuthBackendRole")) {
    await root.send("POST", `auth/token/roles/${String(inputs.roleName)}`, snakeCased(inputs));
  }
  for (const { inputs } of ofType(recording, "vault:jwt/authBackend:AuthBackend")) {
    const path = String(inputs.path);
    await root.send("POST", `sys/auth/${path}`, { type: "jwt" });
    await root.send("POST", `auth/${path}/config`, {
      bound_issuer: inputs.boundIssuer,
      jwt_validation_pubkeys: inputs.jwtValidationPubkeys,
    });
  }
  for (const { inputs } of ofType(recording, "vault:jwt/authBackendRole:AuthBackendRole")) {
    const path = `auth/${String(inputs.backend)}/role/${String(inputs.roleName)}`;
    await root.send("POST", path, snakeCased(inputs));
  }
}

/**
 * A token with what a role of pods gives: only a cluster could log in by it.
 * @throws Error if the program has no such role.
 */
export async function podToken(root: VaultClient, recording: Recording, roleName: string): Promise<string> {
  const role = ofType(recording, "vault:kubernetes/authBackendRole:AuthBackendRole").find(
    ({ inputs }) => inputs.roleName === roleName,
  );
  if (role === undefined) {
    throw new Error(`the program registers no role ${roleName}`);
  }
  const { tokenPolicies, tokenNoDefaultPolicy, tokenTtl } = role.inputs;
  return createToken(root, "auth/token/create-orphan", {
    policies: tokenPolicies,
    no_default_policy: tokenNoDefaultPolicy,
    ttl: `${String(tokenTtl)}s`,
  });
}

/** A new token. */
export async function createToken(client: VaultClient, path: string, body: object = {}): Promise<string> {
  const { auth } = await client.send<{ auth: { client_token: string } }>("POST", path, body);
  return auth.client_token;
}

function ofType({ registrations }: Recording, type: string): Registration[] {
  return registrations.filter((registration) => registration.type === type);
}

/** Names as Vault's API has them, where the provider has them in the manner of its language. */
function snakeCased(inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
