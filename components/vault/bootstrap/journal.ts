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
  /** The throw-away key (the recovery key, if a key service unseals), until the operators' shares replace it. */
  readonly temporaryKey?: string;
  /** The root token, until it is revoked. */
  readonly rootToken?: string;
  /** Vault's id of the cluster: once it is here, an uninitialised Vault means that data was lost. */
  readonly clusterId?: string;
  readonly access?: AccessCredential;
  readonly shares?: readonly EncryptedShare[];
  /** Public keys (base64 of the binary form) that the shares are made for: set before they are. */
  readonly operatorKeys?: readonly string[];
  /** How many of the shares are needed together: set with the keys. */
  readonly threshold?: number;
  readonly finished?: true;
}

/** Where a journal is, and what opens it. */
export interface JournalPlace {
  readonly namespace: string;
  /** Name of the Secret. */
  readonly name: string;
  /** 32 bytes that only the stack's state has. */
  readonly key: Buffer;
  /** Id of the Kubernetes cluster: a journal that was copied from another tells of a Vault that is not here. */
  readonly kubernetesClusterId: string;
  /** Until when a write that fails is tried again, in milliseconds since the epoch. */
  readonly deadline: number;
  /** How long it is tried again in any case, from its own start. */
  readonly graceMilliseconds: number;
}

/** What is encrypted. */
interface JournalContent {
  readonly kubernetesClusterId: string;
  readonly entry: JournalEntry;
}

/** How far the bootstrap has come: for people, and for tests that interrupt it. */
export type BootstrapStep =
  "initialising" | "initialised" | "unsealed" | "joined" | "access-made" | "shares-handed-over" | "finished";

const algorithm = "aes-256-gcm";
const dataKey = "journal";
/** Annotation that says which step was noted last. */
export const stepAnnotation = "vault-federation/bootstrap-step";
const nonceBytes = 12;
const tagBytes = 16;
const pollMilliseconds = 1_000;

/**
 * The bootstrap's memory: a Secret beside Vault whose content only the stack can read, as the key is in its state
 * alone. Each entry is written before the step that relies on it.
 */
export class Journal {
  readonly #api: CoreV1Api;
  readonly #place: JournalPlace;
  #secret: V1Secret | undefined;
  #entry: JournalEntry = {};

  private constructor(config: KubeConfig, place: JournalPlace) {
    this.#api = config.makeApiClient(CoreV1Api);
    this.#place = place;
  }

  /**
   * Opens the journal, which may not exist yet.
   * @throws Error if it was written with another key, by another stack or before this one was made anew; or on another
   * Kubernetes cluster.
   */
  static async open(config: KubeConfig, place: JournalPlace): Promise<Journal> {
    const journal = new Journal(config, place);
    await journal.#load();
    return journal;
  }

  /** What was written last. */
  get entry(): JournalEntry {
    return this.#entry;
  }

  /**
   * Replaces the entry; resolves when it is stored. What it holds may be nowhere else, so a failure is not the end.
   * @throws ApiException with code 409 if a second run of the bootstrap writes at the same time; any other error once the
   * deadline and the grace are over.
   */
  async write(entry: JournalEntry, step: BootstrapStep): Promise<void> {
    const { namespace, name, kubernetesClusterId } = this.#place;
    const deadline = Math.max(this.#place.deadline, Date.now() + this.#place.graceMilliseconds);
    const content: JournalContent = { kubernetesClusterId, entry };
    const secret = Object.assign(new V1Secret(), {
      metadata: {
        name,
        namespace,
        annotations: { [stepAnnotation]: step },
        // A second run of the bootstrap at the same time is noticed here.
        resourceVersion: this.#secret?.metadata?.resourceVersion,
      },
      data: { [dataKey]: this.#encrypt(JSON.stringify(content)) },
    });
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        this.#secret = await this.#store(secret, isRepeated);
        this.#entry = entry;
        return;
      } catch (error) {
        if (isAnswer(error, 409) || Date.now() >= deadline) {
          throw error;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
    }
  }

  async #store(secret: V1Secret, isRepeated: boolean): Promise<V1Secret> {
    const { namespace, name } = this.#place;
    try {
      return this.#secret === undefined
        ? await this.#api.createNamespacedSecret({ namespace, body: secret })
        : await this.#api.replaceNamespacedSecret({ name, namespace, body: secret });
    } catch (error) {
      if (!isRepeated || !isAnswer(error, 409)) {
        throw error;
      }
      // An earlier try may have been carried out, and its answer lost. No two ciphertexts are alike, not even of one entry.
      const stored = await this.#api.readNamespacedSecret({ name, namespace });
      if (stored.data?.[dataKey] !== secret.data?.[dataKey]) {
        throw error;
      }
      return stored;
    }
  }

  async #load(): Promise<void> {
    const { namespace, name, kubernetesClusterId } = this.#place;
    try {
      this.#secret = await this.#api.readNamespacedSecret({ name, namespace });
    } catch (error) {
      if (isAnswer(error, 404)) {
        return;
      }
      throw error;
    }
    const content = JSON.parse(this.#decrypt(this.#secret.data?.[dataKey] ?? "")) as JournalContent;
    if (content.kubernetesClusterId !== kubernetesClusterId) {
      throw new Error(
        `Secret ${namespace}/${name} holds the memory of a bootstrap on the Kubernetes cluster ${content.kubernetesClusterId}, ` +
          `but this one is ${kubernetesClusterId}: it was copied here, and the Vault that it tells of is not here. ` +
          `To start with an empty Vault, delete it: kubectl -n ${namespace} delete secret ${name}, then \`pulumi up\`.`,
      );
    }
    this.#entry = content.entry;
  }

  #encrypt(plain: string): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#place.key, nonce);
    const ciphertext = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString("base64");
  }

  #decrypt(text: string): string {
    const bytes = Buffer.from(text, "base64");
    try {
      const decipher = createDecipheriv(algorithm, this.#place.key, bytes.subarray(0, nonceBytes));
      decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      return (
        decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, "utf8") + decipher.final("utf8")
      );
    } catch (error) {
      throw new Error(
        `Secret ${this.#place.namespace}/${this.#place.name} holds the memory of a bootstrap, but not of this stack's: its key is another. ` +
          "If this cluster belongs to another stack, take your hands off. If this stack's state was lost, restore it from " +
          "a backup (`pulumi stack import`): the key to Vault's first token is there.",
        { cause: error },
      );
    }
  }
}

function isAnswer(error: unknown, code: number): boolean {
  return error instanceof ApiException && error.code === code;
}
