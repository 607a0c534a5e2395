import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Properties } from "../../../../plugins/frame/values.ts";
import type { KubernetesObject } from "../../../../plugins/kubernetes/api/kubernetes-object.ts";
import { describePodTroubles } from "../../../../plugins/kubernetes/readiness/explanation.ts";
import {
  assessClaim,
  assessIngress,
  assessQuota,
  assessSecret,
  assessService,
  assessVolume,
} from "../../../../plugins/kubernetes/readiness/infrastructure.ts";
import { ruleFor } from "../../../../plugins/kubernetes/readiness/rules.ts";
import type { Verdict } from "../../../../plugins/kubernetes/readiness/verdict.ts";
import { assessRequirements, parseWaitFor } from "../../../../plugins/kubernetes/readiness/wait-for.ts";
import {
  assessDaemonSet,
  assessDeployment,
  assessJob,
  assessPod,
  assessStatefulSet,
} from "../../../../plugins/kubernetes/readiness/workloads.ts";

const object = (spec: Properties, status: Properties = {}, more: Properties = {}): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: { name: "a", namespace: "b", generation: 2 },
  spec,
  status,
  ...more,
});
const condition = (type: string, status: string, reason = "", message = "") => ({
  type,
  status,
  reason,
  message,
});
const spell = (verdict: Verdict) =>
  verdict.state === "ready" ? "ready" : `${verdict.state}: ${verdict.reason}`;

const available = {
  conditions: [condition("Available", "True"), condition("Progressing", "True", "NewReplicaSetAvailable")],
};
const deployed = {
  observedGeneration: 2,
  replicas: 3,
  updatedReplicas: 3,
  availableReplicas: 3,
  ...available,
};
const set = {
  observedGeneration: 2,
  readyReplicas: 3,
  updatedReplicas: 3,
  updateRevision: "r2",
  currentRevision: "r2",
};
const daemon = {
  observedGeneration: 2,
  desiredNumberScheduled: 2,
  updatedNumberScheduled: 2,
  numberAvailable: 2,
};

const WORKLOADS: readonly [
  title: string,
  assess: (object: KubernetesObject) => Verdict,
  spec: Properties,
  status: Properties,
  verdict: string,
][] = [
  ["a Deployment that has rolled out", assessDeployment, { replicas: 3 }, deployed, "ready"],
  [
    "a Deployment that its controller has not seen",
    assessDeployment,
    { replicas: 3 },
    { ...deployed, observedGeneration: 1 },
    "waiting: the controller has not seen the last change yet",
  ],
  [
    "a Deployment with old pods",
    assessDeployment,
    { replicas: 3 },
    { ...deployed, replicas: 4 },
    "waiting: 1 pods of the old version are still there",
  ],
  [
    "a Deployment that rolls out",
    assessDeployment,
    { replicas: 3 },
    { ...deployed, updatedReplicas: 1 },
    "waiting: 1 of 3 pods are of the new version",
  ],
  [
    "a Deployment with missing pods",
    assessDeployment,
    { replicas: 3 },
    { ...deployed, availableReplicas: 2 },
    "waiting: 2 of 3 pods are available",
  ],
  [
    "a Deployment of none",
    assessDeployment,
    { replicas: 0 },
    { observedGeneration: 2, ...available },
    "ready",
  ],
  [
    "a paused Deployment",
    assessDeployment,
    { replicas: 3, paused: true },
    { observedGeneration: 2 },
    "ready",
  ],
  [
    "a Deployment that is stuck",
    assessDeployment,
    {},
    {
      observedGeneration: 2,
      conditions: [condition("Progressing", "False", "ProgressDeadlineExceeded", "timed out progressing")],
    },
    "failed: timed out progressing",
  ],
  [
    "a Deployment without quota",
    assessDeployment,
    {},
    {
      observedGeneration: 2,
      conditions: [condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota")],
    },
    "waiting: pods can't be created: exceeded quota",
  ],
  ["a StatefulSet that has rolled out", assessStatefulSet, { replicas: 3 }, set, "ready"],
  [
    "a StatefulSet with missing pods",
    assessStatefulSet,
    { replicas: 3 },
    { ...set, readyReplicas: 1 },
    "waiting: 1 of 3 pods are ready",
  ],
  [
    "a StatefulSet that rolls out",
    assessStatefulSet,
    { replicas: 3 },
    { ...set, updatedReplicas: 1, currentRevision: "r1" },
    "waiting: 1 of 3 pods are of the new version",
  ],
  [
    "a StatefulSet that is updated by hand",
    assessStatefulSet,
    { replicas: 3, updateStrategy: { type: "OnDelete" } },
    { ...set, currentRevision: "r1" },
    "ready",
  ],
  [
    "a StatefulSet with a partition",
    assessStatefulSet,
    { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
    { ...set, updatedReplicas: 1, currentRevision: "r1" },
    "ready",
  ],
  ["a DaemonSet on all nodes", assessDaemonSet, {}, daemon, "ready"],
  [
    "a DaemonSet that rolls out",
    assessDaemonSet,
    {},
    { ...daemon, updatedNumberScheduled: 1 },
    "waiting: 1 of 2 pods are of the new version",
  ],
  [
    "a DaemonSet with missing pods",
    assessDaemonSet,
    {},
    { ...daemon, numberAvailable: 0 },
    "waiting: 0 of 2 pods are available",
  ],
  [
    "a Job that is complete",
    assessJob,
    {},
    { startTime: "t", conditions: [condition("Complete", "True")] },
    "ready",
  ],
  [
    "a Job that failed",
    assessJob,
    {},
    { conditions: [condition("Failed", "True", "BackoffLimitExceeded", "too often")] },
    "failed: the job failed: too often",
  ],
  [
    "a Job that runs",
    assessJob,
    {},
    { startTime: "t", succeeded: 1 },
    "waiting: the job is running (1 pods succeeded)",
  ],
  ["a Job that has not started", assessJob, {}, {}, "waiting: the job has not started"],
  [
    "a Pod that is ready",
    assessPod,
    {},
    { phase: "Running", conditions: [condition("Ready", "True")] },
    "ready",
  ],
  ["a Pod that is done", assessPod, {}, { phase: "Succeeded" }, "ready"],
  [
    "a Pod that failed",
    assessPod,
    {},
    { phase: "Failed", reason: "Evicted" },
    "failed: the pod failed: Evicted",
  ],
  ["a Pod that starts", assessPod, {}, { phase: "Running" }, "waiting: the pod is running and not ready"],
  ["a volume that is bound", assessVolume, {}, { phase: "Bound" }, "ready"],
  [
    "a volume that failed",
    assessVolume,
    {},
    { phase: "Failed", message: "gone" },
    "failed: the volume failed: gone",
  ],
  [
    "an Ingress with an address",
    assessIngress,
    {},
    { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
    "ready",
  ],
  [
    "an Ingress without",
    assessIngress,
    {},
    {},
    "waiting: the Ingress has no address yet; is its controller (ingressClassName) installed?",
  ],
];

describe("readiness", () => {
  for (const [title, assess, spec, status, verdict] of WORKLOADS) {
    it(`of ${title} is ${verdict}`, () => {
      assert.equal(spell(assess(object(spec, status))), verdict);
    });
  }

  const slice = (...ready: (boolean | undefined)[]) =>
    object({}, {}, { endpoints: ready.map((value) => ({ conditions: { ready: value } })) });
  const addressed = { loadBalancer: { ingress: [{ hostname: "lb" }] } };
  const SERVICES: readonly [
    title: string,
    spec: Properties,
    status: Properties,
    slices: KubernetesObject[],
    verdict: string,
  ][] = [
    ["with ready pods", { selector: { a: "b" } }, {}, [slice(true, undefined)], "ready"],
    [
      "with a pending pod",
      { selector: { a: "b" } },
      {},
      [slice(true), slice(false)],
      "waiting: 1 of 2 pods behind the Service are not ready",
    ],
    [
      "without pods",
      { selector: { a: "b" } },
      {},
      [slice()],
      "waiting: no pod has the labels of the Service's selector",
    ],
    ["without selector", {}, {}, [], "ready"],
    ["without address of its own", { selector: { a: "b" }, clusterIP: "None" }, {}, [], "ready"],
    ["for a name elsewhere", { type: "ExternalName", selector: { a: "b" } }, {}, [], "ready"],
    ["whose load balancer has an address", { type: "LoadBalancer" }, addressed, [], "ready"],
    [
      "whose load balancer has none",
      { type: "LoadBalancer" },
      { loadBalancer: {} },
      [],
      "waiting: the load balancer has no address yet",
    ],
  ];
  for (const [title, spec, status, slices, verdict] of SERVICES) {
    it(`of a Service ${title} is ${verdict}`, () => {
      assert.equal(spell(assessService(object(spec, status), slices)), verdict);
    });
  }

  it("of a claim depends on when its class binds", () => {
    const late = object({}, {}, { volumeBindingMode: "WaitForFirstConsumer" });
    assert.equal(spell(assessClaim(object({}, { phase: "Bound" }), undefined)), "ready");
    assert.equal(spell(assessClaim(object({}, { phase: "Pending" }), late)), "ready");
    assert.equal(
      spell(assessClaim(object({}, { phase: "Pending" }), undefined)),
      "waiting: the claim is not bound to a volume",
    );
    assert.equal(
      spell(assessClaim(object({}, { phase: "Lost" }), late)),
      "failed: the claim has lost its volume",
    );
  });

  it("of a Secret means a token only where it is a service account's", () => {
    const type = "kubernetes.io/service-account-token";
    assert.equal(spell(assessSecret(object({}, {}, { type: "Opaque" }))), "ready");
    assert.equal(
      spell(assessSecret(object({}, {}, { type }))),
      "waiting: the service account's token is not there yet",
    );
    assert.equal(spell(assessSecret(object({}, {}, { type, data: { token: "x" } }))), "ready");
  });

  it("of a quota means that all its limits are in force", () => {
    const hard = { pods: "1", "limits.cpu": "2" };
    assert.equal(spell(assessQuota(object({ hard }, { hard }))), "ready");
    assert.equal(
      spell(assessQuota(object({ hard }, { hard: { pods: "1" } }))),
      "waiting: the limits of limits.cpu are not in force yet",
    );
  });

  it("is asked of no kind that has none, nor where an annotation says so", () => {
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: {} };
    assert.equal(ruleFor(deployment)?.timeoutSeconds, 600);
    assert.equal(
      ruleFor({ ...deployment, metadata: { annotations: { "pulumi.com/skipAwait": "true" } } }),
      undefined,
    );
    for (const [apiVersion, kind] of [
      ["v1", "ConfigMap"],
      ["v1", "Namespace"],
      ["example.com/v1", "Deployment"],
    ] as const) {
      assert.equal(ruleFor({ apiVersion, kind, metadata: {} }), undefined);
    }
    assert.equal(
      ruleFor({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: {} })?.timeoutSeconds,
      300,
    );
  });
});

describe("annotation pulumi.com/waitFor", () => {
  const live = object(
    {},
    { phase: "Running", count: 2, conditions: [condition("Ready", "False", "Pending", "no answer")] },
  );
  const cases: readonly [annotation: string, verdict: string][] = [
    ["condition=Ready", "waiting: condition Ready is False, not True: no answer"],
    ["condition=Ready=false", "ready"],
    ["condition=Synced", "waiting: there is no condition Synced yet"],
    ["jsonpath={.status.phase}=Running", "ready"],
    ["jsonpath={.status.phase}=Done", "waiting: $.status.phase is Running, not Done"],
    ["jsonpath={$.status.count}=2", "ready"],
    ["jsonpath={.status.phase}", "ready"],
    ["jsonpath={.status.address}", "waiting: there is nothing at $.status.address yet"],
    ['jsonpath={.status.conditions[?(@.type=="Ready")].status}=False', "ready"],
    ['["condition=Ready=False", "jsonpath={.status.phase}=Running"]', "ready"],
    [
      '["condition=Ready=False", "condition=Ready"]',
      "waiting: condition Ready is False, not True: no answer",
    ],
  ];
  for (const [annotation, verdict] of cases) {
    it(`${annotation} is ${verdict}`, async () => {
      assert.equal(spell(await assessRequirements(live, parseWaitFor(annotation))), verdict);
    });
  }

  for (const annotation of ["Ready", "condition=", "jsonpath=.status", "[]", "[1]", "[condition=Ready]"]) {
    it(`${annotation} is refused`, () => {
      assert.throws(() => parseWaitFor(annotation), /^Error: annotation pulumi\.com\/waitFor is /);
    });
  }
});

describe("troubles of a pod", () => {
  const container = (state: Properties, more: Properties = {}) => ({
    containerStatuses: [{ name: "main", state, ...more }],
  });
  const cases: readonly [status: Properties, troubles: readonly string[]][] = [
    [{ phase: "Running", conditions: [condition("Ready", "True")] }, []],
    [{ phase: "Succeeded" }, []],
    [
      {
        phase: "Pending",
        conditions: [condition("PodScheduled", "False", "Unschedulable", "0/3 nodes are available")],
      },
      ["it can't be scheduled: 0/3 nodes are available"],
    ],
    [
      container(
        { waiting: { reason: "CrashLoopBackOff", message: "back-off" } },
        { lastState: { terminated: { exitCode: 3, reason: "Error" } } },
      ),
      ["container main waits: CrashLoopBackOff (back-off), last exit code 3 Error"],
    ],
    [
      container({ terminated: { exitCode: 1, reason: "Error" } }),
      ["container main ended, last exit code 1 Error"],
    ],
    [container({ running: { startedAt: "t" } }, { ready: false }), ["container main runs but is not ready"]],
    [
      { phase: "Pending", ...container({ waiting: { reason: "ContainerCreating" } }) },
      ["it is pending and not ready"],
    ],
  ];
  for (const [status, troubles] of cases) {
    it(
      troubles.length === 0 ? `are none: ${JSON.stringify(status)}` : `are told: ${troubles.join("; ")}`,
      () => {
        assert.deepEqual(describePodTroubles(object({}, status)), troubles);
      },
    );
  }
});
