import { test } from "node:test";

import { assertGolden, dump } from "../../support/golden.ts";
import { recordRegion } from "../../support/regions.ts";

test("The hub registers what was reviewed last", async () => {
  assertGolden(dump(await recordRegion("hub")), new URL("../golden/hub.yaml", import.meta.url));
});
