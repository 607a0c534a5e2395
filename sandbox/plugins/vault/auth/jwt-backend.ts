import { z } from "zod";
import type { CheckFailure } from "../../frame/provider.ts";
import type { Properties } from "../../frame/values.ts";
import type { Fields } from "../../schema/field.ts";
import { vaultPath } from "../api/connection.ts";
import { endpointKind } from "../endpoint.ts";
import { ENTERPRISE, orTakenBack, TIMEOUTS } from "../resource.ts";
import type { Kind } from "../resource.ts";
import { change, disable, enable, readMethod, TUNE } from "./mounting.ts";

/** Where the keys that tokens are checked with come from: exactly one of them. */
const KEY_SOURCES = ["jwksPairs", "jwksUrl", "jwtValidationPubkeys", "oidcDiscoveryUrl"] as const;

const TEXTS = { kind: "list", item: { kind: "text" } } as const;

const MOUNT_FIELDS: Fields = {
  type: { kind: "text", allowed: ["jwt", "oidc"], default: "jwt" },
  description: { kind: "text" },
  local: { kind: "boolean", default: false },
  tune: TUNE,
  accessor: { kind: "output" },
};

const CONFIG_FIELDS: Fields = {
  path: { kind: "text", default: "jwt" },
  boundIssuer: { kind: "text" },
  defaultRole: { kind: "text" },
  jwksCaPem: { kind: "text" },
  jwksPairs: { kind: "list", item: { kind: "map" } },
  jwksUrl: { kind: "text" },
  jwtSupportedAlgs: TEXTS,
  jwtValidationPubkeys: TEXTS,
  namespaceInState: { kind: "boolean", default: true },
  oidcClientId: { kind: "text" },
  oidcClientSecret: { kind: "text", secret: true },
  oidcClientSecretWo: { kind: "text", secret: true, writeOnly: true },
  oidcClientSecretWoVersion: { kind: "whole number" },
  oidcDiscoveryCaPem: { kind: "text" },
  oidcDiscoveryUrl: { kind: "text" },
  oidcResponseMode: { kind: "text", allowed: ["query", "form_post"] },
  oidcResponseTypes: TEXTS,
};

/** What is written to the method once it is there. */
const CONFIG = endpointKind({
  title: "configuration of the JWT auth method",
  fields: CONFIG_FIELDS,
  id: "auth/{path}/config",
  unanswered: ["oidcClientSecret"],
  apiNames: {
    jwksCaPem: "jwks_ca_pem",
    oidcDiscoveryCaPem: "oidc_discovery_ca_pem",
    oidcClientSecretWo: "oidc_client_secret",
    oidcClientSecretWoVersion: undefined,
  },
});

const spec = z.object({ path: z.string() });

const known = z.object({ path: z.string().optional() });

function configId(path: string): string {
  return vaultPath("auth", path, "config");
}

/** `vault:jwt/authBackend:AuthBackend`: the method and its configuration. */
export const JWT_BACKEND: Kind = {
  title: "JWT auth method",
  fields: {
    ...MOUNT_FIELDS,
    ...CONFIG_FIELDS,
    disableRemount: { kind: "refused", reason: "turns moves into replacements" },
    providerConfig: { kind: "refused", reason: "is for OIDC logins at certain vendors" },
    namespace: ENTERPRISE,
  },
  replaceOn: ["type", "local"],
  timeouts: TIMEOUTS,

  checkTogether(inputs: Properties): readonly CheckFailure[] {
    const given = KEY_SOURCES.filter((name) => inputs[name] !== undefined);
    return given.length === 1
      ? []
      : [
          {
            property: "",
            reason: `exactly one of ${KEY_SOURCES.join(", ")} has to be given, but ${given.join(" and ") || "none"} is`,
          },
        ];
  },

  async create(operation, inputs) {
    const { path } = spec.parse(inputs);
    await enable(operation, path, inputs);
    await orTakenBack(CONFIG.create(operation, inputs), () => disable(operation, path));
    return { id: path, outputs: {} };
  },

  async read(operation, id, state) {
    const { path = id } = known.parse(state);
    const method = await readMethod(operation, path, state);
    return { ...(await CONFIG.read(operation, configId(path), state)), ...method };
  },

  async update(operation, id, state, inputs) {
    const { path: before = id } = known.parse(state);
    const { path } = spec.parse(inputs);
    await change(operation, before, path, inputs);
    await CONFIG.update(operation, configId(path), state, inputs);
  },

  async delete(operation, id, state) {
    const { path = id } = known.parse(state);
    await disable(operation, path);
  },
};
