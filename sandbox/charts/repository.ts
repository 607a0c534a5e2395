import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { pipeline } from "node:stream/promises";

const contentTypes: Readonly<Record<string, string>> = {
  ".yaml": "application/yaml",
  ".tgz": "application/gzip",
};

/**
 * A Helm chart repository over HTTP: the index and the packages of a folder, and nothing else of it.
 * @param folder Absolute path of the folder that `buildCharts` has filled.
 * @returns A server that does not listen yet; its root is the URL of the repository.
 */
export function chartRepository(folder: string): Server {
  return createServer((request, response) => {
    serve(folder, request, response).catch((error: unknown) => {
      // The answer may already be half sent: all that can be done then is to cut it off.
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
}

async function serve(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    refuse(response, 405, `${String(request.method)}: this chart repository is read-only`);
    return;
  }
  const pathname = URL.parse(request.url ?? "/", "http://repository")?.pathname ?? "";
  // One segment without a leading dot: nothing outside of the folder can be meant.
  const name = /^\/(\w[\w.+-]*)$/.exec(pathname)?.[1];
  const type = name === undefined ? undefined : contentTypes[extname(name)];
  const path = join(folder, name ?? "");
  const file = type === undefined ? undefined : await stat(path).catch(() => undefined);
  if (type === undefined || file?.isFile() !== true) {
    refuse(
      response,
      404,
      `${String(request.url)} is not in this chart repository; its charts are listed in /index.yaml`,
    );
    return;
  }
  response.writeHead(200, { "content-type": type, "content-length": file.size });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  await pipeline(createReadStream(path), response);
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${reason}\n`);
}
