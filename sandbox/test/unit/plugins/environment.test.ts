import assert from "node:assert/strict";
import { dirname } from "node:path";
import { describe, it } from "node:test";
import { pulumiEnvironment } from "../../../plugins/environment.ts";

describe("the environment of the Pulumi CLI", () => {
  it("points to the sandbox's own folders, and drops what the user's own Pulumi is set up with", () => {
    const environment = pulumiEnvironment(
      {
        bin: "/s/bin",
        pulumiHome: "/s/home",
        state: "/s/state",
        passphraseFile: "/s/passphrase",
        variables: { LINODE_TOKEN: "t", PULUMI_SKIP_UPDATE_CHECK: "false" },
      },
      { PATH: "/usr/bin", HOME: "/home/me", PULUMI_ACCESS_TOKEN: "mine", PULUMI_CONFIG_PASSPHRASE: "mine" },
    );
    assert.deepEqual(environment, {
      PATH: `/s/bin:${dirname(process.execPath)}:/usr/bin`,
      HOME: "/home/me",
      PULUMI_HOME: "/s/home",
      PULUMI_BACKEND_URL: "file:///s/state",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/s/passphrase",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
      PULUMI_SKIP_UPDATE_CHECK: "false",
      LINODE_TOKEN: "t",
    });
  });
});
