import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";

import { KubeConfig } from "@kubernetes/client-node";

import { Journal, type JournalEntry } from "../../../../../components/vault/bootstrap/journal.ts";
import { Interruption, type Moment } from "../../../../support/interruption.ts";
import { SecretStore } from "../../../../support/secret-store.ts";
import { withSleepsEnded } from "../../../../support/time.ts";

const key = Buffer.alloc(32, 1);
const name = "vault-bootstrap";
const entry: JournalEntry = {
  temporaryKey: "the-temporary-key",
  rootToken: "the-root-token",
  access: { roleId: "the-role-id", secretId: "the-secret-id" },
};

describe("The bootstrap's journal", () => {
  let store: SecretStore;

  beforeEach(async () => {
    store = await new SecretStore().start();
  });
  afterEach(() => store.close());

  /** Nothing is tried again, unless there is time left. */
  function open(
    withKey = key,
    kubernetesClusterId = "4242",
    time: { deadline?: number; graceMilliseconds?: number } = {},
  ): Promise<Journal> {
    const config = new KubeConfig();
    config.loadFromString(store.kubeconfig);
    return Journal.open(config, {
      namespace: "vault",
      name,
      key: withKey,
      kubernetesClusterId,
      deadline: 0,
      graceMilliseconds: 0,
      ...time,
    });
  }

  /** The one Secret, as the cluster has it. */
  function stored(): { metadata: { annotations?: Record<string, string> }; data?: Record<string, string> } {
    const secret = store.secrets.get(name);
    assert.ok(secret);
    return secret;
  }

  test("is empty where there is none, and makes none by being opened", async () => {
    assert.deepEqual((await open()).entry, {});
    assert.deepEqual([...store.secrets], []);
  });

  test("gives back what was written last", async () => {
    const journal = await open();
    await journal.write({ initialising: true }, "initialising");
    await journal.write(entry, "initialised");
    assert.deepEqual(journal.entry, entry);
    assert.deepEqual((await open()).entry, entry);
    assert.deepEqual([...store.secrets.keys()], [name]);
  });

  test("says in plain text how far the bootstrap is, and nothing else", async () => {
    await (await open()).write(entry, "initialised");
    const { metadata, data } = stored();
    assert.deepEqual(metadata.annotations, { "vault-federation/bootstrap-step": "initialised" });
    assert.deepEqual(Object.keys(data ?? {}), ["journal"]);
    const text = JSON.stringify(stored()) + Buffer.from(data?.journal ?? "", "base64").toString("latin1");
    for (const secret of [
      "the-temporary-key",
      "the-root-token",
      "the-role-id",
      "the-secret-id",
      "rootToken",
    ]) {
      assert.equal(text.includes(secret), false);
    }
  });

  test("looks different each time the same is written", async () => {
    const journal = await open();
    await journal.write(entry, "initialised");
    const first = stored().data?.journal;
    await journal.write(entry, "initialised");
    assert.notEqual(stored().data?.journal, first);
  });

  const refusal = (error: Error): boolean =>
    error.message ===
    "Secret vault/vault-bootstrap holds the memory of a bootstrap, but not of this stack's: its key is another. " +
      "If this cluster belongs to another stack, take your hands off. If this stack's state was lost, restore it from " +
      "a backup (`pulumi stack import`): the key to Vault's first token is there.";

  test("is refused with another key", async () => {
    await (await open()).write(entry, "initialised");
    await assert.rejects(open(Buffer.alloc(32, 2)), refusal);
  });

  test("is refused when a single bit of it was changed", async () => {
    await (await open()).write(entry, "initialised");
    const secret = stored();
    const bytes = Buffer.from(secret.data?.journal ?? "", "base64");
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    Object.assign(secret.data ?? {}, { journal: bytes.toString("base64") });
    await assert.rejects(open(), refusal);
  });

  test("is refused when its content is gone, and is not taken for an empty one", async () => {
    await (await open()).write(entry, "initialised");
    delete stored().data;
    await assert.rejects(open(), refusal);
  });

  test("is refused on another Kubernetes cluster, to which it was copied", async () => {
    await (await open()).write(entry, "initialised");
    await assert.rejects(open(key, "4243"), {
      message:
        "Secret vault/vault-bootstrap holds the memory of a bootstrap on the Kubernetes cluster 4242, but this one is 4243: " +
        "it was copied here, and the Vault that it tells of is not here. To start with an empty Vault, delete it: " +
        "kubectl -n vault delete secret vault-bootstrap, then `pulumi up`.",
    });
  });

  test("notices a second run at the same time, whichever writes first", async () => {
    const [first, second] = [await open(), await open()];
    await first.write({ initialising: true }, "initialising");
    await assert.rejects(second.write(entry, "initialised"), { code: 409 });
    const [third, fourth] = [await open(), await open()];
    await third.write(entry, "initialised");
    await assert.rejects(fourth.write({ finished: true }, "finished"), { code: 409 });
    assert.deepEqual((await open()).entry, entry);
  });

  test("keeps its entry when a write fails", async () => {
    const journal = await open();
    await journal.write({ initialising: true }, "initialising");
    stored().metadata = { ...stored().metadata, ...{ resourceVersion: "elsewhere" } };
    await assert.rejects(journal.write(entry, "initialised"), { code: 409 });
    assert.deepEqual(journal.entry, { initialising: true });
  });

  /** Has one request fail, which is carried out nevertheless or not; something may happen meanwhile. */
  function failOnce(
    request: string,
    moment: Moment,
    answer?: number,
    meanwhile: () => void = () => undefined,
  ): void {
    let isOver = false;
    store.interruption = new Interruption();
    const { interruption } = store;
    const pass = interruption.pass.bind(interruption);
    interruption.pass = <T>(described: string, act: () => T): T => {
      if (isOver || described !== request) {
        return pass(described, act);
      }
      isOver = true;
      meanwhile();
      pass(described, () => (moment === "after" ? act() : undefined));
      if (answer === undefined) {
        throw new Error("the connection broke");
      }
      return [answer, { message: "later" }] as T;
    };
  }

  const later = { deadline: Date.now() + 3_600_000 };

  for (const [title, moment, answer] of [
    ["a connection that broke before it was stored", "before", undefined],
    ["a connection that broke after it was stored", "after", undefined],
    ["too many requests", "before", 429],
    ["a failure of the API server's own", "before", 500],
    ["a failure of the API server's own after it was stored", "after", 504],
  ] as const) {
    test(`stores an entry, which may be nowhere else, in spite of ${title}`, async () => {
      const journal = await open(key, "4242", later);
      failOnce(`POST Secret ${name}`, moment, answer);
      await withSleepsEnded(1_000, () => journal.write({ initialising: true }, "initialising"));
      failOnce(`PUT Secret ${name}`, moment, answer);
      await withSleepsEnded(1_000, () => journal.write(entry, "initialised"));
      assert.deepEqual(journal.entry, entry);
      assert.deepEqual((await open()).entry, entry);
      // It knows the version of what was stored.
      await journal.write({ finished: true }, "finished");
      assert.deepEqual((await open()).entry, { finished: true });
    });
  }

  test("does not take another run's entry for its own, although its own failed before", async () => {
    const [first, second] = [await open(key, "4242", later), await open()];
    await second.write(entry, "initialised");
    failOnce(`POST Secret ${name}`, "before");
    await assert.rejects(
      withSleepsEnded(1_000, () => first.write(entry, "initialised")),
      { code: 409 },
    );
    assert.deepEqual(first.entry, {});
  });

  test("tries a write again for a while of its own, however long the deadline is over, and then fails", async () => {
    const journal = await open(key, "4242", { graceMilliseconds: 60_000 });
    mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
    try {
      failOnce(`POST Secret ${name}`, "before", 500);
      await withSleepsEnded(1_000, () => journal.write({ initialising: true }, "initialising"));
      failOnce(`PUT Secret ${name}`, "before", 500, () => {
        mock.timers.setTime(1_059_999);
      });
      await withSleepsEnded(1_000, () => journal.write(entry, "initialised"));
      failOnce(`PUT Secret ${name}`, "before", 500, () => {
        mock.timers.setTime(1_119_999);
      });
      await assert.rejects(journal.write({ finished: true }, "finished"), { code: 500 });
    } finally {
      mock.timers.reset();
    }
    assert.deepEqual((await open()).entry, entry);
  });

  test("fails with the reason once the time is up", async () => {
    const journal = await open();
    failOnce(`POST Secret ${name}`, "before", 500);
    await assert.rejects(journal.write(entry, "initialised"), { code: 500 });
  });
});
