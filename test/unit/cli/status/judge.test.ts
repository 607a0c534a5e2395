import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stripVTControlCharacters } from "node:util";

import { refuse } from "../../../../components/vault/bootstrap/refusal.ts";
import type { CertificateStatus } from "../../../../cli/status/certificate.ts";
import { judge, statusExitCode } from "../../../../cli/status/judge.ts";
import { renderStatus, roleOf } from "../../../../cli/status/render.ts";
import type { RegionStatus } from "../../../../cli/status/status.ts";
import { auditDevices, type AuditDevice } from "../../../../components/vault/audit-devices.ts";
import { leaderState, sealedState, serverState } from "../../../support/server-states.ts";

const pod = (name: string) => ({
  name,
  running: true,
  obstacle: "",
  image: "hashicorp/vault:1.21.0",
  outdated: false,
  restarts: 0,
});

const certificate: CertificateStatus = {
  expires: "2030-01-02T03:04:05.000Z",
  names: [],
  missingNames: [],
  stale: [],
  overdue: false,
  root: { expires: "2039-01-02T03:04:05.000Z", due: false, foreign: false },
};

const healthy: RegionStatus = {
  stack: "hub",
  clusterId: "cluster-1",
  image: "hashicorp/vault:1.21.0",
  pods: [pod("vault-0"), pod("vault-1"), pod("vault-2")],
  servers: [leaderState(), serverState("vault-1"), serverState("vault-2")],
  autopilot: { verdict: "healthy", failureTolerance: 1, reason: "" },
  certificate,
  audit: auditDevices,
  release: { chart: "vault 0.32.0", revision: 1, status: "deployed", drift: [] },
};

const [fileDevice, stdoutDevice] = auditDevices as [AuditDevice, AuditDevice];
const [leader, second, third] = healthy.servers as [
  RegionStatus["servers"][number],
  RegionStatus["servers"][number],
  RegionStatus["servers"][number],
];

describe("a region's status", () => {
  const cases: [
    title: string,
    changes: Partial<RegionStatus>,
    problems: string[],
    unknowns: string[],
    exitCode: number,
  ][] = [
    ["healthy", {}, [], [], 0],
    [
      "healthy without a token",
      { audit: undefined, autopilot: { verdict: "hidden", reason: "" } },
      [],
      [],
      0,
    ],
    [
      "sealed as a whole",
      {
        servers: [sealedState("vault-0"), sealedState("vault-1"), sealedState("vault-2")],
        autopilot: undefined,
      },
      ["vault-0, vault-1, vault-2 are sealed: run `vfed unseal hub`"],
      [],
      1,
    ],
    [
      "one server sealed",
      { servers: [leader, sealedState("vault-1"), third] },
      ["vault-1 is sealed: run `vfed unseal hub`"],
      [],
      1,
    ],
    [
      "one server that its key service does not unseal",
      { servers: [leader, sealedState("vault-1", { type: "transit", recovery_seal: true }), third] },
      ["vault-1 is sealed, and not unsealed by the key service (transit): look at the pod's log"],
      [],
      1,
    ],
    [
      "empty as a whole",
      {
        servers: ["vault-0", "vault-1", "vault-2"].map((name) => sealedState(name, { initialized: false })),
        autopilot: undefined,
      },
      [refuse("data-lost-after-birth", { namespace: "vault", replicas: 3 }, "cluster-1").message],
      [],
      1,
    ],
    ["without a leader", { servers: [serverState("vault-0"), second, third] }, ["there is no leader"], [], 1],
    [
      "another cluster's data",
      { servers: [leader, serverState("vault-1", { seal: { cluster_id: "cluster-2" } }), third] },
      ["vault-1 belongs to cluster cluster-2, but this stack's is cluster-1: put the right volume back"],
      [],
      1,
    ],
    [
      "a pod that does not run, whose server is therefore silent",
      {
        pods: [
          pod("vault-0"),
          pod("vault-1"),
          { ...pod("vault-2"), running: false, obstacle: "ImagePullBackOff" },
        ],
        servers: [leader, second, { name: "vault-2", failure: "no such pod" }],
      },
      ["vault-2 does not run: ImagePullBackOff"],
      [],
      1,
    ],
    [
      "an older pod that does not run",
      {
        pods: [
          pod("vault-0"),
          pod("vault-1"),
          { ...pod("vault-2"), running: false, outdated: true, obstacle: "ImagePullBackOff" },
        ],
        servers: [leader, second, { name: "vault-2", failure: "no such pod" }],
      },
      [
        "vault-2 does not run: ImagePullBackOff. Its settings have changed since: run `vfed roll hub`, which replaces it",
      ],
      [],
      1,
    ],
    [
      "a server that runs and does not answer",
      { servers: [leader, second, { name: "vault-2", failure: "timeout" }] },
      [],
      ["vault-2: timeout"],
      2,
    ],
    [
      "an older pod",
      { pods: [pod("vault-0"), pod("vault-1"), { ...pod("vault-2"), outdated: true }] },
      ["vault-2 is made from an older specification: run `vfed roll hub`"],
      [],
      1,
    ],
    [
      "autopilot's objection",
      {
        autopilot: { verdict: "unhealthy", failureTolerance: 0, reason: "autopilot calls vault-1 unhealthy" },
      },
      ["autopilot calls vault-1 unhealthy"],
      [],
      1,
    ],
    [
      "a certificate that nobody renews, that is not shown, and that lacks a name",
      {
        certificate: { ...certificate, missingNames: ["198.51.100.7"], stale: ["vault-1"], overdue: true },
      },
      [
        "the certificate ends on 2030-01-02T03:04:05.000Z and should have been renewed by now: look at cert-manager's log",
        "vault-1 still shows an older certificate: look at the log of its container certificate-reload, or run `vfed roll hub --force`",
        "the certificate lacks 198.51.100.7: run `pulumi up`",
      ],
      [],
      1,
    ],
    [
      "a root certificate that should have a successor",
      {
        certificate: {
          ...certificate,
          root: { expires: "2031-02-03T04:05:06.000Z", due: true, foreign: false },
        },
      },
      [
        "the root certificate that the stack knows ends on 2031-02-03T04:05:06.000Z and should have a successor by now: " +
          "run `pulumi up --stack hub`, then that of each peer; if that changes nothing, look at cert-manager's log",
      ],
      [],
      1,
    ],
    [
      "a certificate of another root",
      {
        certificate: {
          ...certificate,
          root: { expires: "2039-01-02T03:04:05.000Z", due: false, foreign: true },
        },
      },
      [
        "the certificate does not descend from the root certificate that the stack knows: run `pulumi refresh --target " +
          "'**CaBundle::*' --stack hub`, then run `pulumi up --stack hub`, then that of each peer",
      ],
      [],
      1,
    ],
    [
      "one audit device, beside others that nobody expects",
      { audit: [fileDevice, { ...fileDevice, path: "bootstrap" }, { ...fileDevice, path: "mine" }] },
      ["the audit device stdout is not enabled: run `pulumi up --refresh --stack hub`"],
      [],
      1,
    ],
    [
      "audit devices that record elsewhere",
      {
        audit: [
          { ...fileDevice, target: "/tmp/audit.log" },
          { ...stdoutDevice, type: "socket", target: "nowhere" },
        ],
      },
      [
        "the audit device file is of type file and writes to /tmp/audit.log, instead of file to /vault/audit/audit.log: run `pulumi up --refresh --stack hub`",
        "the audit device stdout is of type socket and writes to nowhere, instead of file to stdout: run `pulumi up --refresh --stack hub`",
      ],
      [],
      1,
    ],
    ["no release", { release: undefined }, ["Helm knows of no release: run `pulumi up`"], [], 1],
    [
      "a failed release that was changed by hand",
      {
        release: {
          chart: "vault 0.32.0",
          revision: 2,
          status: "failed",
          drift: ["StatefulSet vault: spec.replicas is 2 instead of 3"],
        },
      },
      [
        "the release is failed: run `pulumi up --stack hub`",
        "changed by hand: StatefulSet vault: spec.replicas is 2 instead of 3",
      ],
      [],
      1,
    ],
    [
      "what can't be found out, beside a problem",
      { certificate: { unknown: "HTTP 403" }, audit: [] },
      [
        "the audit device file is not enabled: run `pulumi up --refresh --stack hub`",
        "the audit device stdout is not enabled: run `pulumi up --refresh --stack hub`",
      ],
      ["HTTP 403"],
      2,
    ],
  ];
  for (const [title, changes, problems, unknowns, exitCode] of cases) {
    it(`tells of ${title}`, () => {
      const judgement = judge({ ...healthy, ...changes });
      assert.deepEqual(judgement, { problems, unknowns });
      assert.equal(statusExitCode([judgement]), exitCode);
    });
  }

  it("of several regions has the gravest exit code", () => {
    const fine = { problems: [], unknowns: [] };
    const wrong = { problems: ["x"], unknowns: [] };
    assert.equal(statusExitCode([fine, wrong, fine]), 1);
    assert.equal(statusExitCode([wrong, { problems: [], unknowns: ["y"] }]), 2);
    assert.equal(statusExitCode([fine, fine]), 0);
  });

  it("is shown to people in columns", () => {
    const status: RegionStatus = {
      ...healthy,
      image: "hashicorp/vault:1.21.1",
      pods: [
        pod("vault-0"),
        { ...pod("vault-1"), outdated: true },
        { ...pod("vault-2"), running: false, obstacle: "Pending" },
        { ...pod("vault-3"), running: false, outdated: true, image: "hashicorp/vault:1.21.1" },
      ],
      audit: undefined,
    };
    const shown = stripVTControlCharacters(
      renderStatus(status, { problems: ["mend this"], unknowns: ["and that"] }),
    );
    assert.equal(
      shown,
      [
        "hub",
        "  vault-0  leader       1.21.0",
        "  vault-1  standby      1.21.0, to be 1.21.1",
        "  vault-2  not running  1.21.0",
        "  vault-3  not running  1.21.1, outdated",
        "  autopilot    healthy, 1 of the servers may fail",
        "  certificate  until 2030-01-02 03:04, shown by all that answer; the root until 2039-01-02 03:04",
        "  audit        not told without a token that may see it (VAULT_TOKEN)",
        "  release      vault 0.32.0, revision 1, deployed",
        "  ✗ mend this",
        "  ? and that",
      ].join("\n"),
    );
  });
});

describe("what a server is called", () => {
  const cases = [
    ["leader", leaderState()],
    ["standby", serverState("vault-1")],
    ["standby, without leader", serverState("vault-1", { health: 474 })],
    ["sealed", sealedState("vault-1")],
    ["sealed, 1 of 2 shares", sealedState("vault-1", { progress: 1 })],
    ["empty", sealedState("vault-1", { initialized: false })],
    ["does not answer", { name: "vault-1", failure: "timeout" }],
    ["does not answer", undefined],
  ] as const;
  for (const [role, state] of cases) {
    it(`is ${role}`, () => {
      assert.equal(roleOf(state), role);
    });
  }
});
