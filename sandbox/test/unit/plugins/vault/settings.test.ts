import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Properties } from "../../../../plugins/frame/values.ts";
import { checkConfiguration } from "../../../../plugins/vault/configuration.ts";
import { readSettings } from "../../../../plugins/vault/settings.ts";

describe("settings of the vault plugin", () => {
  let home: string;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), "vault-settings-"));
    await writeFile(join(home, "ca.pem"), "-----BEGIN CERTIFICATE-----\n");
    await writeFile(join(home, "empty.pem"), "nothing\n");
  });
  after(() => rm(home, { recursive: true, force: true }));

  const address = "https://vault.example.org:8200";

  it("have the official plugin's defaults", () => {
    assert.deepEqual(readSettings({ address: `${address}/` }, { HOME: home }), {
      address,
      login: undefined,
      token: undefined,
      authority: undefined,
      verifiesServer: true,
      serverName: undefined,
      namespace: undefined,
      headers: {},
      makesChildToken: true,
      tokenSeconds: 1200,
      tokenName: "terraform",
      maxRetries: 2,
      retryPause: 1000,
    });
  });

  it("are taken from the program, where values that are no text arrive as JSON", () => {
    const settings = readSettings(
      {
        address,
        authLogin: JSON.stringify({
          path: "auth/approle/login",
          parameters: { role_id: "r", secret_id: "s" },
        }),
        caCertFile: join(home, "ca.pem"),
        headers: '[{"name":"X-Run","value":"7"}]',
        maxLeaseTtlSeconds: "14400",
        maxRetries: "0",
        skipChildToken: "true",
        skipTlsVerify: "true",
        tlsServerName: "vault",
        namespace: "apart",
        tokenName: "me",
      },
      { HOME: home, VAULT_ADDR: "http://other", VAULT_NAMESPACE: "other", VAULT_MAX_RETRIES: "9" },
    );
    assert.deepEqual(settings, {
      address,
      login: {
        path: "auth/approle/login",
        namespace: undefined,
        parameters: { role_id: "r", secret_id: "s" },
      },
      token: undefined,
      authority: "-----BEGIN CERTIFICATE-----\n",
      verifiesServer: false,
      serverName: "vault",
      namespace: "apart",
      headers: { "x-run": "7" },
      makesChildToken: false,
      tokenSeconds: 14_400,
      tokenName: "me",
      maxRetries: 0,
      retryPause: 1000,
    });
  });

  it("are taken from the environment where the program is silent", () => {
    const environment = {
      HOME: home,
      VAULT_ADDR: address,
      VAULT_TOKEN: "t",
      VAULT_CACERT: join(home, "ca.pem"),
      VAULT_NAMESPACE: "apart",
      VAULT_SKIP_VERIFY: "1",
      VAULT_TLS_SERVER_NAME: "vault",
      VAULT_TOKEN_NAME: "me",
      VAULT_MAX_RETRIES: "4",
      TERRAFORM_VAULT_MAX_TTL: "60",
      TERRAFORM_VAULT_SKIP_CHILD_TOKEN: "true",
    };
    const settings = readSettings({ token: "" }, environment);
    assert.deepEqual(
      [settings.address, settings.token, settings.authority, settings.namespace, settings.verifiesServer],
      [address, "t", "-----BEGIN CERTIFICATE-----\n", "apart", false],
    );
    assert.deepEqual(
      [settings.serverName, settings.tokenName, settings.maxRetries, settings.tokenSeconds],
      ["vault", "me", 4, 60],
    );
    assert.equal(settings.makesChildToken, false);
  });

  it("have the token that the vault command keeps, if there is no other", async () => {
    const file = join(home, ".vault-token");
    await writeFile(file, "kept\n");
    assert.equal(readSettings({ address }, { HOME: home }).token, "kept");
    assert.equal(readSettings({ address, token: "given" }, { HOME: home }).token, "given");
    await rm(file);
  });

  const failures: readonly (readonly [title: string, config: Properties, message: RegExp])[] = [
    ["an address that is missing", {}, /address is missing; set the provider's address, or VAULT_ADDR/],
    ["an address that is none", { address: "vault:8200" }, /must be a URL such as .*, but is "vault:8200"/],
    [
      "a file of CA certificates that is missing",
      { address, caCertFile: "/absent/ca.pem" },
      /\/absent\/ca\.pem/,
    ],
    ["a number that is none", { address, maxRetries: "many" }, /maxRetries .* whole number, but is "many"/],
    [
      "a login without a path",
      { address, authLogin: '{"parameters":{"a":"hush"}}' },
      /authLogin can't be read/,
    ],
    [
      "a login that has to be signed",
      { address, authLogin: '{"path":"auth/aws/login","method":"aws"}' },
      /method "aws" is not followed by this offline plugin/,
    ],
  ];
  for (const [title, config, message] of failures) {
    it(`tell ${title}, and no secret`, () => {
      assert.throws(
        () => readSettings(config, { HOME: home }),
        (error: Error) => message.test(error.message) && !error.message.includes("hush"),
      );
    });
  }

  it("tell a file without certificates", () => {
    const caCertFile = join(home, "empty.pem");
    assert.throws(() => readSettings({ address, caCertFile }, { HOME: home }), {
      message: `${caCertFile} (caCertFile or VAULT_CACERT) holds no certificate in PEM form`,
    });
  });
});

describe("the vault provider's configuration", () => {
  const instead = (what: string) => `is not followed by this offline plugin; set ${what} instead`;
  const cases: readonly (readonly [title: string, config: Properties, property: string, reason: string])[] = [
    ["refuses a folder of CA certificates", { caCertDir: "/x" }, "caCertDir", instead("caCertFile")],
    [
      "refuses logins that are not sent as they are",
      { authLoginAws: "{}" },
      "authLoginAws",
      instead("authLogin with the path of the login"),
    ],
    [
      "refuses an address that is none",
      { address: "nowhere" },
      "address",
      'must be a URL such as https://vault.example.org:8200, but is "nowhere"',
    ],
  ];
  for (const [title, config, property, reason] of cases) {
    it(title, () => {
      assert.deepEqual(checkConfiguration(config), [{ property, reason }]);
    });
  }

  it("refuses what does not exist", () => {
    assert.deepEqual(
      checkConfiguration({ adress: "x" }).map(({ property }) => property),
      ["adress"],
    );
  });

  it("takes what changes nothing", () => {
    assert.deepEqual(
      checkConfiguration({
        address: "https://v",
        skipGetVaultVersion: "true",
        caCertDir: "",
        version: "7.8.0",
      }),
      [],
    );
  });
});
