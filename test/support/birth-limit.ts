import assert from "node:assert/strict";

import { stringify } from "yaml";

import { journalName } from "../../components/vault/bootstrap/bootstrap.ts";
import { stepAnnotation, type BootstrapStep } from "../../components/vault/bootstrap/journal.ts";
import { assertExit, type Finished } from "./command.ts";
import { eventually } from "./eventually.ts";
import type { TestSandbox } from "./sandbox.ts";

const policy = "bootstrap-limit";

/**
 * Lets the API server of a region take no note of a step, so that a bootstrap waits before it, having done what it does, for
 * as long as whoever wants to kill it needs.
 */
export class BirthLimit {
  readonly #sandbox: TestSandbox;
  readonly #place: readonly string[];

  constructor(sandbox: TestSandbox, region: string) {
    this.#sandbox = sandbox;
    this.#place = ["--context", region];
  }

  /** Has the bootstrap stop before a step, and before no other. Resolves when it does. */
  async before(step: BootstrapStep): Promise<void> {
    assertExit(await this.#kubectl(["apply", "--filename", "-"], ...limitBefore(step)));
    const note = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: journalName, namespace: "default", annotations: { [stepAnnotation]: step } },
    };
    await eventually(async () => {
      const noted = await this.#kubectl(["create", "--dry-run=server", "--filename", "-"], note);
      assert.match(noted.output, /denied request/);
    });
  }

  /** Lets all steps be noted. */
  async remove(): Promise<void> {
    const kinds = "validatingadmissionpolicybinding,validatingadmissionpolicy";
    assertExit(await this.#kubectl(["delete", kinds, policy]));
  }

  #kubectl(args: readonly string[], ...objects: readonly object[]): Promise<Finished> {
    const input = objects.map((object) => stringify(object)).join("---\n");
    return this.#sandbox.run("kubectl", [...this.#place, ...args], { input });
  }
}

function limitBefore(step: BootstrapStep): readonly object[] {
  const apiVersion = "admissionregistration.k8s.io/v1";
  const secrets = {
    apiGroups: [""],
    apiVersions: ["v1"],
    operations: ["CREATE", "UPDATE"],
    resources: ["secrets"],
    resourceNames: [journalName],
  };
  return [
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: policy },
      spec: {
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: [secrets] },
        validations: [
          { expression: `object.metadata.annotations[${JSON.stringify(stepAnnotation)}] != '${step}'` },
        ],
      },
    },
    {
      apiVersion,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: policy },
      spec: { policyName: policy, validationActions: ["Deny"] },
    },
  ];
}
