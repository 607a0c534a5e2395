import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { differences } from "../../../../cli/region/drift.ts";

describe("the differences of a live object from what the release says", () => {
  const wanted = {
    metadata: { name: "vault", annotations: null, labels: {} },
    spec: {
      hostNetwork: false,
      serviceName: "",
      replicas: 3,
      template: {
        spec: {
          containers: [
            { name: "vault", image: "vault:1", resources: { limits: { memory: "1024Mi", cpu: "1000m" } } },
          ],
        },
      },
    },
  };
  const live = {
    metadata: { name: "vault", uid: "1" },
    spec: {
      replicas: 3,
      revisionHistoryLimit: 10,
      template: {
        spec: {
          containers: [
            {
              name: "vault",
              image: "vault:1",
              resources: { limits: { memory: "1Gi", cpu: "1" } },
              stdin: false,
            },
          ],
        },
      },
    },
  };

  it("are none where the API server has only added and shortened", () => {
    assert.deepEqual(differences(wanted, live), []);
  });

  const cases: [title: string, live: unknown, expected: string[]][] = [
    ["a number", { ...live, spec: { ...live.spec, replicas: 2 } }, ["spec.replicas is 2 instead of 3"]],
    [
      "a list of another length",
      { ...live, spec: { ...live.spec, template: { spec: { containers: [] } } } },
      ["spec.template.spec.containers has 0 entries instead of 1"],
    ],
    [
      "a text in a list",
      {
        ...live,
        spec: {
          ...live.spec,
          template: {
            spec: { containers: [{ ...live.spec.template.spec.containers[0], image: "vault:2" }] },
          },
        },
      },
      ['spec.template.spec.containers[0].image is "vault:2" instead of "vault:1"'],
    ],
    [
      "what is gone",
      { metadata: live.metadata },
      ["spec.replicas is absent instead of 3", "spec.template.spec.containers has 0 entries instead of 1"],
    ],
  ];
  for (const [title, changed, expected] of cases) {
    it(`name ${title}`, () => {
      assert.deepEqual(differences(wanted, changed), expected);
    });
  }

  it("of a long text are named without it", () => {
    assert.deepEqual(
      differences({ data: { config: "a".repeat(80) } }, { data: { config: "b".repeat(80) } }),
      ["data.config is another text instead of another text"],
    );
  });

  it("are named where what should be empty or false is not", () => {
    assert.deepEqual(differences({ hostNetwork: false, name: "" }, { hostNetwork: true, name: "x" }), [
      "hostNetwork is true instead of false",
      'name is "x" instead of ""',
    ]);
  });

  it("of amounts that are not equal are named", () => {
    assert.deepEqual(differences({ memory: "1Gi" }, { memory: "1000Mi" }), [
      'memory is "1000Mi" instead of "1Gi"',
    ]);
  });
});
