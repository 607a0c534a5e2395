import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { ImageLayout } from "./layout.ts";
import { mediaTypes, referenceAnnotation, type Descriptor } from "./manifest.ts";
import { parseReference } from "./reference.ts";

/** Error codes of the OCI distribution specification 1.1 that a registry for pulling needs. */
type ErrorCode = "NAME_UNKNOWN" | "MANIFEST_UNKNOWN" | "BLOB_UNKNOWN" | "UNSUPPORTED";

interface Failure {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** What a request asks for. */
interface Request {
  /** Registry and repository, such as `quay.io/jetstack/cert-manager-controller`. */
  readonly name: string;
  readonly kind: "manifests" | "blobs";
  /** A digest, or the tag of a manifest. */
  readonly object: string;
}

/**
 * A registry for pulling only (OCI distribution specification 1.1, GET and HEAD) over the images in a folder. It stands in
 * for all registries: a container runtime that uses it as a mirror says with `?ns=` which registry an image belongs to;
 * without that, the path must begin with the registry. Images that are made while it runs are served at once.
 * @param folder Absolute path of the folder that `buildImages` has filled.
 * @returns A server that does not listen yet.
 */
export function imageRegistry(folder: string): Server {
  const layout = new ImageLayout(folder);
  return createServer((request, response) => {
    serve(layout, request, response).catch((error: unknown) => {
      // The answer may already be half sent: all that can be done then is to cut it off.
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
}

async function serve(layout: ImageLayout, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "GET" && request.method !== "HEAD") {
    fail(response, {
      status: 405,
      code: "UNSUPPORTED",
      message: `${String(request.method)}: this registry is read-only`,
    });
    return;
  }
  const url = URL.parse(request.url ?? "/", "http://registry");
  if (url?.pathname === "/v2/" || url?.pathname === "/v2") {
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
    return;
  }
  const asked = url === null ? undefined : parseRequest(url);
  const found = asked === undefined ? undefined : await find(layout, asked);
  if (asked === undefined || found === undefined) {
    fail(response, notFound(String(request.url), asked));
    return;
  }
  response.writeHead(200, {
    "content-type": found.mediaType,
    "content-length": found.size,
    "docker-content-digest": found.digest,
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  await pipeline(createReadStream(layout.blobPath(found.digest)), response);
}

function parseRequest(url: URL): Request | undefined {
  const match = /^\/v2\/(?<name>.+)\/(?<kind>manifests|blobs)\/(?<object>[^/]+)$/.exec(url.pathname);
  const { name, kind, object } = match?.groups ?? {};
  if (name === undefined || object === undefined || (kind !== "manifests" && kind !== "blobs")) {
    return undefined;
  }
  const registry = url.searchParams.get("ns");
  // Some clients send the colon of a digest as %3A; nothing else in a tag or digest needs an escape.
  return {
    name: registry === null ? name : `${registry}/${name}`,
    kind,
    object: object.replace(/%3a/i, ":"),
  };
}

/** Finds the blob that a request asks for, if it belongs to an image of that name. */
async function find(layout: ImageLayout, { name, kind, object }: Request): Promise<Descriptor | undefined> {
  const { manifests } = await layout.readIndex();
  for (const manifest of manifests) {
    const { registry, repository, tag } = parseReference(manifest.annotations?.[referenceAnnotation] ?? "");
    if (`${registry}/${repository}` !== name) {
      continue;
    }
    if (kind === "manifests" && (object === tag || object === manifest.digest)) {
      return manifest;
    }
    if (kind === "blobs") {
      const blobs = [manifest, ...(await layout.readManifestBlobs(manifest))];
      const blob = blobs.find(({ digest }) => digest === object);
      if (blob !== undefined) {
        return { ...blob, mediaType: blob === manifest ? mediaTypes.manifest : "application/octet-stream" };
      }
    }
  }
  return undefined;
}

function notFound(path: string, asked: Request | undefined): Failure {
  if (asked === undefined) {
    return {
      status: 404,
      code: "NAME_UNKNOWN",
      message: `${path} is nothing that this registry serves`,
    };
  }
  const { name, kind, object } = asked;
  return kind === "manifests"
    ? {
        status: 404,
        code: "MANIFEST_UNKNOWN",
        message: `there is no image ${name} with the tag or digest ${object}`,
      }
    : { status: 404, code: "BLOB_UNKNOWN", message: `no image ${name} has a blob ${object}` };
}

function fail(response: ServerResponse, { status, code, message }: Failure): void {
  response
    .writeHead(status, { "content-type": "application/json" })
    .end(JSON.stringify({ errors: [{ code, message }] }));
}
