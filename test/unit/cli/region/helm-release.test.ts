import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";

import { decodeRelease } from "../../../../cli/region/helm-release.ts";

describe("a release as Helm keeps it", () => {
  it("is decoded, with the objects of all templates and without the empty ones", () => {
    const release = {
      version: 3,
      info: { status: "deployed" },
      chart: { metadata: { name: "vault", version: "0.32.0" } },
      manifest:
        "---\n# Source: a.yaml\nkind: ConfigMap\n---\n# Source: empty.yaml\n---\nkind: StatefulSet\nspec: {replicas: 3}\n",
    };
    const helmText = gzipSync(JSON.stringify(release)).toString("base64");
    assert.deepEqual(decodeRelease(Buffer.from(helmText).toString("base64")), {
      revision: 3,
      status: "deployed",
      chart: "vault 0.32.0",
      objects: [{ kind: "ConfigMap" }, { kind: "StatefulSet", spec: { replicas: 3 } }],
    });
  });
});
