import { after, before, describe } from "node:test";

import { showFailuresAtOnce } from "../support/failures.ts";
import { HubVault } from "../support/hub-vault.ts";
import { assertExit } from "../support/command.ts";
import { TestSandbox } from "../support/sandbox.ts";
import { certificatesAreRenewed } from "./topics/certificate-renewal.ts";
import { lostDataIsNoReasonToStartAnew } from "./topics/data-loss.ts";
import { consumersFollow } from "./topics/consumers.ts";
import { dataSurvives } from "./topics/data.ts";
import { kubeconfigsAreRenewed } from "./topics/kubeconfig.ts";
import { linksNeedNoTokens } from "./topics/jwt-links.ts";
import { secretsCross } from "./topics/links.ts";
import { theEngineDiesOnTheWay } from "./topics/interruption.ts";
import { operatorsAloneHoldTheKey } from "./topics/operators.ts";
import { regionsEnd } from "./topics/destruction.ts";
import { plainTextIsNowhere } from "./topics/plain-text.ts";
import { sharedSecretsConverge } from "./topics/shared-secrets.ts";
import { tokensRotate } from "./topics/tokens.ts";
import { typedSecretsCross } from "./topics/typed-secrets.ts";
import { aVaultIsBorn } from "./topics/vault-birth.ts";

describe("a region's Vault on a sandbox", { timeout: 90 * 60_000 }, () => {
  showFailuresAtOnce();
  let hub: HubVault;

  before(async () => {
    hub = new HubVault(await TestSandbox.create());
  });
  after(async () => {
    assertExit(await hub.sandbox.remove());
  });

  theEngineDiesOnTheWay(() => hub);
  aVaultIsBorn(() => hub);
  secretsCross(() => hub);
  operatorsAloneHoldTheKey(() => hub);
  certificatesAreRenewed(() => hub);
  dataSurvives(() => hub);
  sharedSecretsConverge(() => hub);
  consumersFollow(() => hub);
  typedSecretsCross(() => hub);
  tokensRotate(() => hub);
  linksNeedNoTokens(() => hub);
  kubeconfigsAreRenewed(() => hub);
  plainTextIsNowhere(() => hub);
  lostDataIsNoReasonToStartAnew(() => hub);
  regionsEnd(() => hub);
});
