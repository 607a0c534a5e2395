import { after, before, describe } from "node:test";

import { showFailuresAtOnce } from "../support/failures.ts";
import { Federation } from "../support/federation.ts";
import { assertExit } from "../support/command.ts";
import { TestSandbox } from "../support/sandbox.ts";
import { chartsFollowTheirSettings } from "./topics/charts.ts";
import { drainedNodesAreLeft } from "./topics/drain.ts";
import { aFederationIsBorn } from "./topics/federation-birth.ts";
import { startsMayBeKilled } from "./topics/killed-starts.ts";
import { linodeMayFail } from "./topics/linode-trouble.ts";
import { mistakesAreRefused } from "./topics/mistakes.ts";
import { nodesComeAndGo } from "./topics/nodes.ts";
import { clustersOutliveTheirProcesses } from "./topics/reboot.ts";
import { nothingIsLeft } from "./topics/removal.ts";
import { sandboxesStandSideBySide } from "./topics/side-by-side.ts";
import { unreadyClustersAreWaitedFor } from "./topics/unready-cluster.ts";

describe("a federation on a sandbox", { timeout: 45 * 60_000 }, () => {
  showFailuresAtOnce();
  let federation: Federation;

  before(async () => {
    federation = new Federation(await TestSandbox.create());
  });
  after(async () => {
    assertExit(await federation.sandbox.remove());
  });

  startsMayBeKilled(() => federation);
  aFederationIsBorn(() => federation);
  clustersOutliveTheirProcesses(() => federation);
  mistakesAreRefused(() => federation);
  linodeMayFail(() => federation);
  unreadyClustersAreWaitedFor(() => federation);
  drainedNodesAreLeft(() => federation);
  nodesComeAndGo(() => federation);
  chartsFollowTheirSettings(() => federation);
  sandboxesStandSideBySide(() => federation);
  nothingIsLeft(() => federation);
});
