import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { certifyKey } from "../../support/certificates.ts";
import { toolUnderTest } from "./api-server.ts";

/** Milliseconds within which Vault has to do what is waited for. */
const LIMIT = 60_000;

/** What Vault answered to the test itself. */
export interface VaultAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A Vault of one server with Raft storage and TLS on the loopback address; it needs no privileges. */
export class VaultServer {
  readonly address: string;
  /** File with the certificate that the server has, which is its own CA. */
  readonly authorityFile: string;
  /** The certificate in PEM form. */
  readonly certificate: string;
  readonly #folder: string;
  readonly #process: ChildProcess;
  #rootToken = "";
  #unsealKey = "";

  private constructor(
    folder: string,
    address: string,
    authorityFile: string,
    certificate: string,
    child: ChildProcess,
  ) {
    this.#folder = folder;
    this.address = address;
    this.authorityFile = authorityFile;
    this.certificate = certificate;
    this.#process = child;
  }

  /** Starts, initialises and unseals it. */
  static async start(): Promise<VaultServer> {
    const folder = await mkdtemp(join(tmpdir(), "vault-server-"));
    const [port, clusterPort] = await freePorts();
    const address = `https://127.0.0.1:${String(port)}`;
    const authorityFile = join(folder, "certificate.pem");
    await makeCertificate(folder);
    await mkdir(join(folder, "data"));
    await writeFile(
      join(folder, "vault.json"),
      JSON.stringify({
        disable_mlock: true,
        api_addr: address,
        cluster_addr: `https://127.0.0.1:${String(clusterPort)}`,
        storage: { raft: { path: join(folder, "data"), node_id: "one" } },
        listener: {
          tcp: {
            address: `127.0.0.1:${String(port)}`,
            tls_cert_file: authorityFile,
            tls_key_file: join(folder, "key.pem"),
          },
        },
      }),
    );
    const child = spawn(toolUnderTest("vault"), ["server", `-config=${join(folder, "vault.json")}`], {
      stdio: "ignore",
    });
    const certificate = await readFile(authorityFile, "utf8");
    const server = new VaultServer(folder, address, authorityFile, certificate, child);
    try {
      await server.#initialise();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  /** Sends a request with the root token, past the plugin under test. Errors are answers too. */
  call(method: string, path: string, body?: object): Promise<VaultAnswer> {
    const text = body === undefined ? "" : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const headers = { "x-vault-token": this.#rootToken, "content-length": String(Buffer.byteLength(text)) };
      const options = { method, headers, ca: this.certificate };
      const sent = request(`${this.address}/v1/${path}`, options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const answer = Buffer.concat(chunks).toString();
          const parsed = (answer === "" ? {} : JSON.parse(answer)) as VaultAnswer["body"];
          resolve({ status: response.statusCode ?? 0, body: parsed });
        });
      });
      sent.on("error", reject);
      sent.end(text);
    });
  }

  /** The `data` of a path that has to exist. */
  async data(path: string): Promise<Readonly<Record<string, unknown>>> {
    const { status, body } = await this.call("GET", path);
    if (status !== 200) {
      throw new Error(`GET ${path} answered ${String(status)}: ${JSON.stringify(body)}`);
    }
    return body.data as Readonly<Record<string, unknown>>;
  }

  /** Display names of all tokens that work. */
  async tokenNames(): Promise<readonly string[]> {
    const { body } = await this.call("LIST", "auth/token/accessors");
    const { keys } = body.data as { keys: readonly string[] };
    const names: string[] = [];
    for (const accessor of keys) {
      const found = await this.call("POST", "auth/token/lookup-accessor", { accessor });
      if (found.status === 200) {
        names.push((found.body.data as { display_name: string }).display_name);
      }
    }
    return names.toSorted();
  }

  /** Makes an AppRole that may do everything. */
  async makeLogin(): Promise<{ roleId: string; secretId: string }> {
    await this.call("POST", "sys/auth/approle", { type: "approle" });
    await this.call("PUT", "sys/policies/acl/everything", {
      policy: 'path "*" { capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"] }',
    });
    await this.call("POST", "auth/approle/role/test", { token_policies: ["everything"], token_ttl: "1h" });
    const { role_id: roleId } = await this.data("auth/approle/role/test/role-id");
    const { body } = await this.call("POST", "auth/approle/role/test/secret-id");
    const { secret_id: secretId } = body.data as { secret_id: string };
    return { roleId: String(roleId), secretId };
  }

  /** Seals it: it answers nothing any more. */
  async seal(): Promise<void> {
    await this.call("PUT", "sys/seal");
    await this.#until(async () => (await this.call("GET", "sys/seal-status")).body.sealed === true);
  }

  /** Unseals it, and waits until it serves. */
  async unseal(): Promise<void> {
    await this.call("PUT", "sys/unseal", { key: this.#unsealKey });
    await this.#until(async () => (await this.call("GET", "sys/health")).status === 200);
  }

  /** Ends it, and removes its files. */
  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.kill("SIGKILL")) {
      await once(this.#process, "exit");
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #initialise(): Promise<void> {
    await this.#until(async () => (await this.call("GET", "sys/seal-status")).status === 200);
    const { body } = await this.call("PUT", "sys/init", { secret_shares: 1, secret_threshold: 1 });
    this.#rootToken = String(body.root_token);
    [this.#unsealKey = ""] = body.keys as readonly string[];
    await this.unseal();
  }

  async #until(condition: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + LIMIT;
    while (!(await condition().catch(() => false))) {
      if (Date.now() > end || this.#process.exitCode !== null) {
        throw new Error(`Vault at ${this.address} is not as it should be after ${String(LIMIT / 1000)} s`);
      }
      await delay(100);
    }
  }
}

/** A public key in PEM form. */
export function publicKey(): string {
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return pair.publicKey.export({ type: "spki", format: "pem" }).toString();
}

/** Makes a certificate for the loopback address that is its own CA. */
async function makeCertificate(folder: string): Promise<void> {
  const names = ["IP:127.0.0.1", "DNS:vault.example.org"];
  const { certificate, key } = certifyKey({ commonName: "vault", names });
  await writeFile(join(folder, "certificate.pem"), certificate);
  await writeFile(join(folder, "key.pem"), key, { mode: 0o600 });
}

async function freePorts(): Promise<readonly number[]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) {
    server.close();
    await once(server, "close");
  }
  return ports;
}
