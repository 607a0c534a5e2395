import assert from "node:assert/strict";
import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createMessage, readKey, readMessage, readPrivateKey } from "openpgp";
import { ensureOperators, operatorThreshold } from "../../../operators/operators.ts";
import { temporaryFolder } from "../tools/support.ts";

test("each of three operators can read what is encrypted to their public key, without a passphrase", async (context) => {
  const folder = join(await temporaryFolder(context), "operators");
  const operators = await ensureOperators(folder);
  assert.deepEqual(
    operators.map(({ name }) => name),
    ["alice", "bob", "carol"],
  );
  for (const { name, publicKey } of operators) {
    const privateKey = await readPrivateKey({
      armoredKey: await readFile(join(folder, `${name}.asc`), "utf8"),
    });
    assert.equal(publicKey, privateKey.toPublic().armor());
    const message = await createMessage({ text: `share of ${name}` });
    const encrypted = await message.encrypt([privateKey.toPublic()]);
    const decrypted = await (await readMessage({ armoredMessage: encrypted.armor() })).decrypt([privateKey]);
    assert.equal(decrypted.getText(), `share of ${name}`);
  }
});

test("the loss of one operator leaves enough to open Vault", async (context) => {
  const operators = await ensureOperators(await temporaryFolder(context));
  assert.equal(operatorThreshold, operators.length - 1);
});

test("what is handed out is a public key, and it belongs to the operator alone", async (context) => {
  const operators = await ensureOperators(await temporaryFolder(context));
  const keys = await Promise.all(operators.map(({ publicKey }) => readKey({ armoredKey: publicKey })));
  assert.deepEqual(
    keys.map((key) => [key.isPrivate(), key.getUserIDs()]),
    [
      [false, ["alice <alice@sandbox.invalid>"]],
      [false, ["bob <bob@sandbox.invalid>"]],
      [false, ["carol <carol@sandbox.invalid>"]],
    ],
  );
  assert.equal(new Set(keys.map((key) => key.getFingerprint())).size, 3);
});

test("private keys are for the owner's eyes only", async (context) => {
  const folder = join(await temporaryFolder(context), "operators");
  await ensureOperators(folder);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  assert.deepEqual((await readdir(folder)).sort(), ["alice.asc", "bob.asc", "carol.asc"]);
  for (const name of await readdir(folder)) {
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600, name);
  }
});

test("keys are made once for a state folder, and differ from those of another", async (context) => {
  const [one, other] = [await temporaryFolder(context), await temporaryFolder(context)];
  const first = await ensureOperators(one);
  assert.deepEqual(await ensureOperators(one), first);
  assert.notDeepEqual(await ensureOperators(other), first);
});

test("a private key that is damaged is an error that says so, and is left as it is", async (context) => {
  const folder = await temporaryFolder(context);
  await ensureOperators(folder);
  const file = join(folder, "bob.asc");
  await writeFile(file, "damaged");
  await assert.rejects(ensureOperators(folder), {
    message: `the private key of the operator bob in ${file} can't be read, and a new one opens no Vault of this sandbox; put the file back, or run \`make sandbox-down\` and start anew`,
  });
  assert.equal(await readFile(file, "utf8"), "damaged");
});
