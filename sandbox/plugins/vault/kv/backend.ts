import { endpointKind, secondsOf } from "../endpoint.ts";
import { ENTERPRISE } from "../resource.ts";
import { afterUpgrade } from "./upgrade.ts";

/** `vault:kv/secretBackendV2:SecretBackendV2`: how a KV mount treats versions; it goes when its mount goes. */
export const KV_BACKEND = endpointKind({
  title: "configuration of the KV mount",
  fields: {
    mount: { kind: "text", required: true },
    maxVersions: { kind: "whole number", minimum: 0, computed: true },
    casRequired: { kind: "boolean", computed: true },
    deleteVersionAfter: { kind: "whole number", minimum: 0 },
    namespace: ENTERPRISE,
  },
  id: "{mount}/config",
  encode: (body) =>
    body.delete_version_after === undefined
      ? body
      : { ...body, delete_version_after: `${String(secondsOf(body.delete_version_after))}s` },
  decode: (data) => ({ ...data, delete_version_after: secondsOf(data.delete_version_after ?? 0) }),
  write: ({ client, ...waiting }, path, body) =>
    afterUpgrade(() => client.write(path, body, waiting), waiting),
  remove: () => Promise.resolve(),
});
