import { test } from "node:test";

import { assertGolden, dump } from "../../support/golden.ts";
import { recordRegion } from "../../support/regions.ts";

test("The edge registers what was reviewed last", async () => {
  assertGolden(dump(await recordRegion("edge")), new URL("../golden/edge.yaml", import.meta.url));
});
