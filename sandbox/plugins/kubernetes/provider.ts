import type { Difference } from "../frame/diff.ts";
import { Unimplemented } from "../frame/failures.ts";
import type {
  CheckConfigRequest,
  CheckResult,
  DiffConfigRequest,
  Provider,
  ResourceHandler,
} from "../frame/provider.ts";
import type { Properties } from "../frame/values.ts";
import { connect } from "./cluster.ts";
import { ObjectHandler } from "./object/handler.ts";
import { parseTypeToken } from "./object/type-token.ts";
import { ReleaseHandler } from "./helm/handler.ts";
import { diffConfiguration } from "./provider-difference.ts";
import type { Session } from "./session.ts";
import { findConfigurationFailures, readSettings } from "./settings.ts";

/** The type of Helm releases; every other type stands for a kind of objects. */
const RELEASE = "kubernetes:helm.sh/v3:Release";

/** Stands in for the official kubernetes plugin: objects of every kind, and Helm releases. */
export class KubernetesProvider implements Provider {
  readonly name = "kubernetes";
  readonly supportsAutonaming = true;
  readonly resources = { get: (type: string) => this.#findHandler(type) };
  #session: Session | undefined;

  checkConfig(request: CheckConfigRequest): CheckResult {
    return { inputs: request.newConfig, failures: findConfigurationFailures(request.newConfig) };
  }

  diffConfig(request: DiffConfigRequest): Promise<Difference> {
    return diffConfiguration(request.oldConfig, request.newConfig);
  }

  async configure(config: Properties): Promise<void> {
    const settings = readSettings(config, process.env);
    this.#session = { settings, cluster: await connect(settings) };
  }

  /** @throws Unimplemented for types that the official plugin has and this one has not. */
  #findHandler(type: string): ResourceHandler {
    if (this.#session === undefined) {
      throw new Error(`the provider was asked for ${type} before it was configured`);
    }
    if (type === RELEASE) {
      return new ReleaseHandler(this.#session);
    }
    const kind = parseTypeToken(type);
    if (kind.refusal !== undefined) {
      throw new Unimplemented(kind.refusal);
    }
    return new ObjectHandler(kind, this.#session);
  }
}
