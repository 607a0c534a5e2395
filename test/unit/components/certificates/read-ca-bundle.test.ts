import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, mock, test } from "node:test";

import { isSucceeded, readCaBundle } from "../../../../components/certificates/read-ca-bundle.ts";
import { renewalTime } from "../../../../components/certificates/renewal-time.ts";
import { certificates } from "../../../support/certificates.ts";
import { serveKubernetesApi, type Answer } from "../../../support/kubernetes-api.ts";
import { withSleepsEnded } from "../../../support/time.ts";
import { withWarnings } from "../../../support/warnings.ts";

const path = "/api/v1/namespaces/cert-manager/secrets/root-ca";
const missing: Answer = [404, { kind: "Status", message: 'secrets "root-ca" not found' }];

function secret(data?: Record<string, string>): Answer {
  const encoded = Object.entries(data ?? {}).map(([key, value]) => [
    key,
    Buffer.from(value).toString("base64"),
  ]);
  const members = data === undefined ? {} : { data: Object.fromEntries(encoded) as unknown };
  return [200, { kind: "Secret", ...members }];
}

/** Reads from an API server that gives these answers; also tells which paths it was asked for. */
async function read(
  timeoutSeconds: number,
  ...answers: readonly Answer[]
): Promise<{ certificate: string; requests: readonly string[] }> {
  const api = await serveKubernetesApi(...answers);
  try {
    const source = {
      kubeconfig: api.kubeconfig,
      namespace: "cert-manager",
      secretName: "root-ca",
      lifetimeSeconds: 3650 * 24 * 3600,
      timeoutSeconds,
    };
    const certificate = await withSleepsEnded(1_000, () => readCaBundle(source));
    return { certificate, requests: api.requests };
  } finally {
    await api.close();
  }
}

describe("The CA bundle", () => {
  test("is the Secret's ca.crt, decoded, and nothing else of it", async () => {
    const answer = secret({ "ca.crt": certificates.days3650, "tls.crt": "the leaf", "tls.key": "the key" });
    assert.deepEqual(await read(60, answer), { certificate: certificates.days3650, requests: [path] });
  });

  test("is waited for while the Secret is missing, has no data, or has an empty certificate", async () => {
    const { certificate, requests } = await read(
      60,
      missing,
      secret(),
      secret({ "ca.crt": "" }),
      secret({ "ca.crt": certificates.days3650 }),
    );
    assert.equal(certificate, certificates.days3650);
    assert.deepEqual(requests, [path, path, path, path]);
  });

  test("is waited for while the Secret has the certificate of a former lifetime", async () => {
    const former = secret({ "ca.crt": certificates.days365 });
    const { certificate, requests } = await read(60, former, secret({ "ca.crt": certificates.days3650 }));
    assert.equal(certificate, certificates.days3650);
    assert.deepEqual(requests, [path, path]);
  });

  for (const [title, answer, reason] of [
    [
      "the lifetime that it should not have",
      secret({ "ca.crt": certificates.days365 }),
      "it still has the certificate of another lifetime",
    ],
    ["the API server's refusal", missing, 'HTTP 404 Not Found: secrets "root-ca" not found'],
    ["what the Secret lacks", secret({ "tls.crt": "x" }), "it has no ca.crt yet"],
  ] as const) {
    test(`is given up when the time is up, with ${title}`, async () => {
      await assert.rejects(read(0, answer), {
        message:
          `the CA certificate in Secret cert-manager/root-ca could not be read within 0 s: ${reason}. ` +
          "See why with `kubectl -n cert-manager describe certificate root-ca`, then run `pulumi up` again.",
      });
    });
  }
});

describe("A CA bundle that was read", () => {
  const certificate = certificates.days365;
  const due = renewalTime(new X509Certificate(certificate));

  /** Asks at a time whether it has a successor, from an API server that gives this answer. */
  async function ask(
    now: number,
    answer: Answer,
  ): Promise<{ outcome: boolean; requests: readonly string[]; warnings: string }> {
    const api = await serveKubernetesApi(answer);
    const { kubeconfig, requests } = api;
    const source = {
      kubeconfig,
      namespace: "cert-manager",
      secretName: "root-ca",
      lifetimeSeconds: 365 * 24 * 3600,
      timeoutSeconds: 0,
    };
    mock.timers.enable({ apis: ["Date"], now });
    try {
      return { ...(await withWarnings(() => isSucceeded(source, certificate))), requests };
    } finally {
      mock.timers.reset();
      await api.close();
    }
  }

  const renewed = secret({ "ca.crt": certificates.days3650 });

  test("has no successor before its time, for which the cluster is not asked", async () => {
    assert.deepEqual(await ask(due - 1, renewed), { outcome: false, requests: [], warnings: "" });
  });

  test("has none at its time as long as the Secret has the same", async () => {
    const late = secret({ "ca.crt": certificate });
    assert.deepEqual(await ask(due, late), { outcome: false, requests: [path], warnings: "" });
  });

  test("has one at its time if the Secret has another", async () => {
    assert.deepEqual(await ask(due, renewed), { outcome: true, requests: [path], warnings: "" });
  });

  test("has one to be waited for if the Secret is gone", async () => {
    assert.deepEqual(await ask(due, missing), { outcome: true, requests: [path], warnings: "" });
  });

  test("has none, with a warning, if the cluster does not say", async () => {
    const { outcome, warnings } = await ask(due, [403, { kind: "Status", message: "no" }]);
    assert.equal(outcome, false);
    assert.equal(
      warnings,
      "warning: the CA certificate in Secret cert-manager/root-ca could not be read again: HTTP 403 Forbidden: no. " +
        "It stays as it was read last.\n",
    );
  });
});
