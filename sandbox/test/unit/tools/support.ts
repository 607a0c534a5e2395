import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Tool } from "../../../tools/catalogue.ts";
import { describeRecipe, type Recipe } from "../../../tools/recipe.ts";

/** Makes a folder that is removed after the test. */
export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sandbox-test-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Lets a server listen on a free loopback port until the test ends; gives its URL. */
export async function listen(context: TestContext, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  );
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** Serves contents by path and records the paths that were asked for. */
export async function serveFiles(
  context: TestContext,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const content = files[path];
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  return { url: await listen(context, server), asked };
}

/** A Go program without imports, which builds in a moment. */
export const smallProgram = 'package main\n\nfunc main() { println("small 1.2.3") }\n';

/** A recipe that builds a single small program called `pause` with the given source. */
export async function smallRecipe(
  folder: string,
  source: string = smallProgram,
  overrides: Partial<Tool> = {},
): Promise<Recipe> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "go.mod"), "module example/pause\n\ngo 1.22\n");
  await writeFile(join(folder, "main.go"), source);
  const tool: Tool = {
    version: "1.2.3",
    programs: ["pause"],
    build: { packages: ["."], variables: {}, spaceMiB: 1 },
    checks: [{ program: "pause", arguments: [], prints: "small {version}" }],
    ...overrides,
  };
  return describeRecipe("pause", tool, folder, process.arch === "arm64" ? "arm64" : "amd64");
}
