import { createHash } from "node:crypto";
import type { Properties } from "../../frame/values.ts";
import { listAt, mapAt, textAt } from "../api/fields.ts";
import { requireCluster } from "../cluster.ts";
import type { Cluster } from "../cluster.ts";
import type { Session } from "../session.ts";
import { installationArguments, timeoutArguments } from "./arguments.ts";
import { chartArguments } from "./chart.ts";
import { HelmError, runHelm } from "./command.ts";
import { explainRelease } from "./failure.ts";
import { isHalfMade, lastGoodRevision } from "./interruption.ts";
import { parseRelease } from "./release.ts";
import type { Release } from "./release.ts";

/** Label of the stored release that tells which resource it belongs to. */
const OWNER_LABEL = "vault-federation-sandbox/resource";

/** helm could not bring a release where it should be. */
export class ReleaseError extends Error {
  override readonly name = "ReleaseError";
  /** The release as it was left, `undefined` if there is none. */
  readonly release: Release | undefined;
  /** What went wrong and why, one sentence each. */
  readonly reasons: readonly string[];

  constructor(release: Release | undefined, reasons: readonly string[]) {
    super(reasons.join("; "));
    this.release = release;
    this.reasons = reasons;
  }
}

/** Runs helm for one release. */
export class Installation {
  readonly #cluster: Cluster;
  readonly #session: Session;
  readonly #inputs: Properties;
  readonly #owner: string;
  readonly #signal: AbortSignal;
  readonly #name: string;
  readonly #namespace: string;

  /** @throws Error if the cluster can't be reached. */
  constructor(
    session: Session,
    inputs: Properties,
    request: { readonly urn: string; readonly signal: AbortSignal },
  ) {
    this.#cluster = requireCluster(session.cluster);
    this.#session = session;
    this.#inputs = inputs;
    this.#owner = createHash("sha256").update(request.urn).digest("hex").slice(0, 32);
    this.#signal = request.signal;
    this.#name = textAt(inputs, "name") ?? "";
    this.#namespace = textAt(inputs, "namespace") ?? "default";
  }

  /** Reads the release, `undefined` if there is none. */
  async read(): Promise<Release | undefined> {
    try {
      const [status, metadata] = await Promise.all([
        this.#run(["status", this.#name, "--output", "json"]),
        this.#run(["get", "metadata", this.#name, "--output", "json"]),
      ]);
      return parseRelease(status, metadata);
    } catch (error) {
      if (error instanceof HelmError && error.message.includes("not found")) {
        return undefined;
      }
      throw error;
    }
  }

  /**
   * Installs the release. What an interrupted run of the same resource left behind is taken up again; a release of
   * anyone else is left alone.
   */
  async install(): Promise<Release> {
    const existing = await this.read();
    if (existing === undefined || this.#inputs.replace === true) {
      return this.#installAnew();
    }
    if (!(await this.#isOwn())) {
      throw new ReleaseError(undefined, [
        `release ${this.#namespace}/${this.#name} exists already (${existing.status}, revision ${String(existing.revision)}) ` +
          "and does not belong to this resource; import it (pulumi import), uninstall it " +
          `(helm uninstall ${this.#name} --namespace ${this.#namespace}), or choose another name`,
      ]);
    }
    return this.#continueFrom(existing);
  }

  /** Upgrades the release to what the inputs say. */
  async upgrade(): Promise<Release> {
    const existing = await this.read();
    if (existing === undefined) {
      throw new ReleaseError(undefined, [
        `release ${this.#namespace}/${this.#name} can't be upgraded: it is not in the cluster any more; ` +
          "run pulumi refresh to let the stack know, and then pulumi up to install it anew",
      ]);
    }
    return this.#continueFrom(existing);
  }

  /** Uninstalls the release; one that is gone already is fine. */
  async uninstall(): Promise<void> {
    const waits = this.#inputs.atomic === true || this.#inputs.skipAwait !== true;
    const hooks = this.#inputs.disableWebhooks === true ? ["--no-hooks"] : [];
    const wait = waits ? ["--wait", ...timeoutArguments(this.#inputs)] : [];
    await this.#run(["uninstall", this.#name, "--ignore-not-found", ...wait, ...hooks]);
  }

  async #continueFrom(existing: Release): Promise<Release> {
    // A helm that was killed leaves a release pending for ever, and refuses everything from then on.
    if (isHalfMade(existing.status)) {
      await this.uninstall();
      return this.#installAnew();
    }
    if (existing.status === "pending-upgrade" || existing.status === "pending-rollback") {
      const good = await this.#lastGoodRevision();
      if (good === undefined) {
        // Nothing of it has ever been in use: its first installation had failed before.
        await this.uninstall();
        return this.#installAnew();
      }
      await this.#rollBackTo(good);
    }
    return this.#attempt("upgrade", async () => {
      if (this.#inputs.atomic === true) {
        await this.#rollBack();
      }
    });
  }

  #installAnew(): Promise<Release> {
    return this.#attempt("install", async () => {
      if (this.#inputs.atomic === true) {
        await this.uninstall();
      }
    });
  }

  /**
   * Installs or upgrades. Undoing a failure (`atomic`) is done here, not by helm, as the reasons of the failure are gone
   * when it is undone.
   */
  async #attempt(command: "install" | "upgrade", undo: () => Promise<void>): Promise<Release> {
    const args = [
      command,
      this.#name,
      ...chartArguments(this.#inputs),
      ...installationArguments(this.#inputs, command),
      ...["--values", "-", "--labels", `${OWNER_LABEL}=${this.#owner}`, "--output", "json"],
    ];
    try {
      return parseRelease(await this.#run(args, JSON.stringify(mapAt(this.#inputs, "values"))));
    } catch (error) {
      const message = (error as Error).message.replace(/[.\s]+$/u, "");
      const verb = command === "install" ? "installed" : "upgraded";
      const reasons = [`release ${this.#namespace}/${this.#name} can't be ${verb}: ${message}`];
      throw await this.#fail(reasons, undo);
    }
  }

  /** Finds the reasons of a failure, undoes it where that is wanted, and answers the error. */
  async #fail(reasons: readonly string[], undo: () => Promise<void>): Promise<ReleaseError> {
    // What has to be done now must not end with the user's patience.
    const afterwards = new Installation(this.#session, this.#inputs, {
      urn: "",
      signal: new AbortController().signal,
    });
    const failed = await afterwards.read().catch(() => undefined);
    const details = failed === undefined ? [] : await explainRelease(failed, this.#cluster);
    try {
      await undo();
    } catch (error) {
      const trouble = `undoing it failed as well: ${(error as Error).message}`;
      return new ReleaseError(await afterwards.read().catch(() => failed), [...reasons, ...details, trouble]);
    }
    const left = this.#inputs.atomic === true ? await afterwards.read().catch(() => undefined) : failed;
    return new ReleaseError(left, [...reasons, ...details]);
  }

  /** Goes back to the last revision that was in order. */
  async #rollBack(): Promise<void> {
    const good = await this.#lastGoodRevision();
    if (good === undefined) {
      throw new Error("there is no revision in order to go back to");
    }
    await this.#rollBackTo(good);
  }

  async #lastGoodRevision(): Promise<number | undefined> {
    return lastGoodRevision(await this.#run(["history", this.#name, "--output", "json"]));
  }

  async #rollBackTo(revision: number): Promise<void> {
    await this.#run([
      "rollback",
      this.#name,
      String(revision),
      "--wait",
      "--cleanup-on-fail",
      ...timeoutArguments(this.#inputs),
    ]);
  }

  async #isOwn(): Promise<boolean> {
    const selector = `${OWNER_LABEL}=${this.#owner}`;
    const found = JSON.parse(
      await this.#run([
        "list",
        "--all",
        "--filter",
        `^${this.#name}$`,
        "--selector",
        selector,
        "--output",
        "json",
      ]),
    ) as Properties[];
    return listAt({ found }, "found").length > 0;
  }

  #run(args: readonly string[], input?: string): Promise<string> {
    return runHelm([...args, "--namespace", this.#namespace], {
      settings: this.#session.settings.helm,
      connection: this.#cluster.connection,
      signal: this.#signal,
      ...(input === undefined ? {} : { input }),
    });
  }
}
