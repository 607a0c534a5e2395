import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";

import { caFile } from "../../../../components/vault/ca-file.ts";

describe("The file of CA certificates", () => {
  let project: string;

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), "vault-federation-ca-file-"));
  });
  afterEach(() => {
    rmSync(project, { recursive: true });
  });

  test("is in a folder of the project that nobody else can look into, and alone there", () => {
    const file = caFile("certificates", project);
    const folder = join(project, ".vault-ca");
    assert.equal(resolve(file), join(folder, "ca-f78c06aa55a0e2d1.pem"));
    assert.equal(readFileSync(file, "utf8"), "certificates");
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), ["ca-f78c06aa55a0e2d1.pem"]);
  });

  test("is named as it is seen from the program's folder, so that its name is no machine's own", () => {
    const file = join(project, ".vault-ca", "ca-f78c06aa55a0e2d1.pem");
    assert.equal(caFile("certificates", project), relative(process.cwd(), file));
  });

  test("is another for other certificates, and both stay", () => {
    const files = [caFile("certificates", project), caFile("others", project)];
    assert.deepEqual(
      files.map((file) => readFileSync(file, "utf8")),
      ["certificates", "others"],
    );
  });

  test("is left alone where it is right", () => {
    const file = caFile("certificates", project);
    const { ino } = statSync(file);
    caFile("certificates", project);
    assert.equal(statSync(file).ino, ino);
  });

  test("is made anew where something else is in it", () => {
    const file = caFile("certificates", project);
    writeFileSync(file, "something else");
    assert.equal(caFile("certificates", project), file);
    assert.equal(readFileSync(file, "utf8"), "certificates");
  });
});
