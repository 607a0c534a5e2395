import { endpointKind } from "./endpoint.ts";
import { ENTERPRISE } from "./resource.ts";

const PATH = "sys/storage/raft/autopilot/configuration";

const DEFAULTS = {
  cleanup_dead_servers: false,
  dead_server_last_contact_threshold: "24h0m0s",
  last_contact_threshold: "10s",
  max_trailing_logs: 1000,
  min_quorum: 3,
  server_stabilization_time: "10s",
} as const;

/**
 * `vault:index/raftAutopilot:RaftAutopilot`; there is one in each Vault, and its removal brings the defaults back.
 * Durations are compared as text, as the official plugin does: `24h` is a change each time, as Vault answers `24h0m0s`.
 */
export const RAFT_AUTOPILOT = endpointKind({
  title: "autopilot configuration",
  fields: {
    cleanupDeadServers: { kind: "boolean", default: DEFAULTS.cleanup_dead_servers },
    deadServerLastContactThreshold: { kind: "text", default: DEFAULTS.dead_server_last_contact_threshold },
    lastContactThreshold: { kind: "text", default: DEFAULTS.last_contact_threshold },
    maxTrailingLogs: { kind: "whole number", minimum: 0, default: DEFAULTS.max_trailing_logs },
    minQuorum: { kind: "whole number", minimum: 0, default: DEFAULTS.min_quorum },
    serverStabilizationTime: { kind: "text", default: DEFAULTS.server_stabilization_time },
    disableUpgradeMigration: ENTERPRISE,
    namespace: ENTERPRISE,
  },
  id: PATH,
  remove: ({ client, ...waiting }, path) => client.write(path, DEFAULTS, waiting),
});
