import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

import { ApiException, CoreV1Api, type KubeConfig, V1Secret } from "@kubernetes/client-node";

/** A key share that only one operator can decrypt. */
export interface EncryptedShare {
  /** Fingerprint of the operator's PGP key. */
  readonly fingerprint: string;
  /** PGP message (base64) whose plain text is the share. */
  readonly ciphertext: string;
}

/** How Pulumi logs in. */
export interface AccessCredential {
  readonly roleId: string;
  readonly secretId: string;
}

/** What the bootstrap must remember, to go on after a crash. */
export interface JournalEntry {
  /** Set before Vault is asked to initialise itself: its answer comes only once. */
  readonly initialising?: true;
  /** The throw-away key, until the operators' shares replace it. */
  readonly temporaryKey?: string;
  /** The root token, until it is revoked. */
  readonly rootToken?: string;
  /** Vault's id of the cluster: once it is here, an uninitialised Vault means that data was lost. */
  readonly clusterId?: string;
  readonly access?: AccessCredential;
  readonly shares?: readonly EncryptedShare[];
  readonly finished?: true;
}

/** How far the bootstrap has come: for people, and for tests that interrupt it. */
export type BootstrapStep =
  "initialising" | "initialised" | "unsealed" | "joined" | "access-made" | "shares-handed-over" | "finished";

const algorithm = "aes-256-gcm";
const dataKey = "journal";
const stepAnnotation = "vault-federation/bootstrap-step";
const nonceBytes = 12;
const tagBytes = 16;

/**
 * The bootstrap's memory: a Secret beside Vault whose content only the stack can read, as the key is in its state
 * alone. Each entry is written before the step that relies on it.
 */
export class Journal {
  readonly #api: CoreV1Api;
  readonly #namespace: string;
  readonly #name: string;
  readonly #key: Buffer;
  #secret: V1Secret | undefined;
  #entry: JournalEntry = {};

  private constructor(config: KubeConfig, namespace: string, name: string, key: Buffer) {
    this.#api = config.makeApiClient(CoreV1Api);
    this.#namespace = namespace;
    this.#name = name;
    this.#key = key;
  }

  /**
   * Opens the journal, which may not exist yet.
   * @throws Error if it was written with another key: by another stack, or before this one was made anew.
   */
  static async open(config: KubeConfig, namespace: string, name: string, key: Buffer): Promise<Journal> {
    const journal = new Journal(config, namespace, name, key);
    await journal.#load();
    return journal;
  }

  /** What was written last. */
  get entry(): JournalEntry {
    return this.#entry;
  }

  /** Replaces the entry; resolves when it is stored. */
  async write(entry: JournalEntry, step: BootstrapStep): Promise<void> {
    const secret = Object.assign(new V1Secret(), {
      metadata: {
        name: this.#name,
        namespace: this.#namespace,
        annotations: { [stepAnnotation]: step },
        // A second run of the bootstrap at the same time is noticed here.
        resourceVersion: this.#secret?.metadata?.resourceVersion,
      },
      data: { [dataKey]: this.#encrypt(JSON.stringify(entry)) },
    });
    const namespace = this.#namespace;
    this.#secret =
      this.#secret === undefined
        ? await this.#api.createNamespacedSecret({ namespace, body: secret })
        : await this.#api.replaceNamespacedSecret({ name: this.#name, namespace, body: secret });
    this.#entry = entry;
  }

  async #load(): Promise<void> {
    try {
      this.#secret = await this.#api.readNamespacedSecret({ name: this.#name, namespace: this.#namespace });
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) {
        return;
      }
      throw error;
    }
    this.#entry = JSON.parse(this.#decrypt(this.#secret.data?.[dataKey] ?? "")) as JournalEntry;
  }

  #encrypt(plain: string): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#key, nonce);
    const ciphertext = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString("base64");
  }

  #decrypt(text: string): string {
    const bytes = Buffer.from(text, "base64");
    try {
      const decipher = createDecipheriv(algorithm, this.#key, bytes.subarray(0, nonceBytes));
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      return (
        decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, "utf8") + decipher.final("utf8")
      );
    } catch (error) {
      throw new Error(
        `Secret ${this.#namespace}/${this.#name} holds the memory of a bootstrap, but not of this stack's: its key is another. ` +
          "If this cluster belongs to another stack, take your hands off. If this stack's state was lost, restore it from " +
          "a backup (`pulumi stack import`): the key to Vault's first token is there.",
        { cause: error },
      );
    }
  }
}
