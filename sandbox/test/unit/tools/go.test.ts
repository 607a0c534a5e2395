import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { goEnvironment, moduleSource, requireGo } from "../../../tools/go.ts";
import { smallRecipe, temporaryFolder } from "./support.ts";

/** Puts a go on a PATH of its own that acts by the given lines of shell. */
async function fakeGo(folder: string, lines: string): Promise<NodeJS.ProcessEnv> {
  await writeFile(join(folder, "go"), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  return { PATH: folder };
}

function answer(version: string): string {
  return `echo '${JSON.stringify({ GOVERSION: version, GOMODCACHE: "/modules", GOCACHE: "/packages" })}'`;
}

test("go may fetch a newer version of itself unless the user has decided otherwise", () => {
  assert.equal(goEnvironment({}).GOTOOLCHAIN, "auto");
  assert.equal(goEnvironment({ GOTOOLCHAIN: "local" }).GOTOOLCHAIN, "local");
  assert.equal(goEnvironment({ HOME: "/h" }).HOME, "/h");
  assert.deepEqual(goEnvironment({}), { CGO_ENABLED: "0", GOWORK: "off", GOTOOLCHAIN: "auto" });
});

for (const version of ["go1.22", "go1.26.8", "go2.0", "devel go1.27-abcdef"]) {
  test(`${version} is new enough for a module that asks for 1.22`, async (context) => {
    const folder = await temporaryFolder(context);
    await smallRecipe(folder);
    const caches = await requireGo(folder, await fakeGo(folder, answer(version)));
    assert.deepEqual(caches, { modules: "/modules", packages: "/packages" });
  });
}

for (const version of ["go1.21.9", "go1.3"]) {
  test(`${version} is too old for a module that asks for 1.22`, async (context) => {
    const folder = await temporaryFolder(context);
    await smallRecipe(folder);
    const environment = await fakeGo(folder, answer(version));
    await assert.rejects(requireGo(folder, environment), {
      name: "ToolError",
      message: new RegExp(
        `^Go 1\\.22 or newer is needed to build tools; go on PATH is ${version}\\. Install it from`,
      ),
    });
  });
}

test("a go that can't fetch the version it needs is quoted", async (context) => {
  const folder = await temporaryFolder(context);
  await smallRecipe(folder);
  const environment = await fakeGo(folder, "echo 'go: download go1.22: no such host' >&2; exit 1");
  await assert.rejects(requireGo(folder, environment), {
    name: "ToolError",
    message:
      /^Go 1\.22 or newer is needed to build tools: go: download go1\.22: no such host\. Install it from/,
  });
});

test("a missing go is named with the version that is needed", async (context) => {
  const folder = await temporaryFolder(context);
  await smallRecipe(folder);
  await assert.rejects(requireGo(folder, { PATH: folder }), {
    name: "ToolError",
    message: /^Go 1\.22 or newer is needed to build tools, and there is no go on PATH\./,
  });
});

test("a module that can't be downloaded is named with go's reason and a remedy", async (context) => {
  const folder = await temporaryFolder(context);
  await smallRecipe(folder);
  await writeFile(
    join(folder, "go.mod"),
    "module example/pause\n\ngo 1.22\n\nrequire example.com/absent v1.0.0\n",
  );
  const environment = {
    ...goEnvironment(),
    GOPROXY: "off",
    GOFLAGS: "-mod=mod",
    GOMODCACHE: join(folder, "modules"),
  };
  await assert.rejects(moduleSource(folder, "example.com/absent", environment), {
    name: "ToolError",
    message:
      /^The source of the Go module example\.com\/absent could not be downloaded: .*GOPROXY=off.*`go env GOPROXY`/s,
  });
});
