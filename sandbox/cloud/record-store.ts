import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Queue } from "../network/queue.ts";
import { JsonFile } from "../state/json-file.ts";

/** What is kept of a thing that exists in the cloud beside the clusters. */
export interface CloudRecord {
  /** Linode's id of the thing; never given again. */
  readonly id: number;
  readonly label: string;
  /** Linode region. */
  readonly region: string;
  /** LKE's id of the cluster that it was made for, which may be gone. */
  readonly clusterId: number;
  /** UID of the Kubernetes object that it was made for. */
  readonly owner: string;
  readonly tags: readonly string[];
  /** Time of creation, ISO 8601. */
  readonly created: string;
}

/** Records of one kind of thing in a folder: a folder `<id>` each, with the record in `record.json`. */
export class RecordStore<T extends CloudRecord> {
  readonly #root: string;
  readonly #queue = new Queue();

  constructor(root: string) {
    this.#root = root;
  }

  /** Folder of one thing. */
  folder(id: number): string {
    return join(this.#root, String(id));
  }

  /** All records, by ascending id. */
  async list(): Promise<T[]> {
    const names = await readdir(this.#root).catch((): string[] => []);
    // A folder without a record was left by a crash before the thing existed.
    const records = names.map((name) => this.#recordOf(name).read()).filter((record) => record !== undefined);
    return records.sort((one, other) => one.id - other.id);
  }

  /** The record of what was made for an object of a cluster. */
  async find(clusterId: number, owner: string): Promise<T | undefined> {
    return (await this.list()).find((record) => record.clusterId === clusterId && record.owner === owner);
  }

  /**
   * The record of what was made for an object, or a new one.
   * @param make Makes the record from a new id and all existing records.
   */
  findOrCreate(
    clusterId: number,
    owner: string,
    make: (id: number, existing: readonly T[]) => T,
  ): Promise<T> {
    return this.#queue.run(async () => {
      const existing = await this.list();
      const found = existing.find((record) => record.clusterId === clusterId && record.owner === owner);
      if (found !== undefined) {
        return found;
      }
      const record = make(newId(existing.at(-1)?.id), existing);
      this.#recordOf(String(record.id)).write(record);
      return record;
    });
  }

  /** Removes a record with its folder; an unknown id is no error. */
  async remove(id: number): Promise<void> {
    await rm(this.folder(id), { recursive: true, force: true });
  }

  #recordOf(name: string): JsonFile<T> {
    return new JsonFile(join(this.#root, name, "record.json"));
  }
}

/** Ids follow the clock (tenths of a second since 2024), so that those of removed things are not given again. */
function newId(highest = 0): number {
  return Math.max(highest + 1, Math.floor((Date.now() - Date.UTC(2024)) / 100));
}
