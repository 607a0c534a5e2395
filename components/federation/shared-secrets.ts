import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

import type { SecretBackendsSettings } from "../../config/secret-backend-settings.ts";
import type { GeneratedSettings } from "../../config/shared-secrets-settings.ts";
import { backendStoreSpec } from "./secret-backend.ts";
import { catalogue } from "./secret-catalogue.ts";
import { objectName, secretLabels, sourcesNamespace } from "./secret-paths.ts";
import type { PlannedSecret, Push, SecretPlan } from "./secret-plan.ts";
import { pushSpec, registerSpec } from "./secret-specs.ts";
import { backendStore } from "./store-names.ts";

/** What {@link SharedSecrets} needs. */
export interface SharedSecretsArgs {
  /** Where the region's secrets come from and go to. It must be free of conflicts. */
  readonly plan: SecretPlan;
  /** Places beside the regions' Vaults. */
  readonly backends: SecretBackendsSettings;
  /** Whether the namespace is protected, and with it the values that people entered: they are nowhere else. */
  readonly protect: boolean;
}

/**
 * What a region does about the secrets that cross regions. Creates, in this order: a namespace for what people and Pulumi
 * write, a catalogue of it for `vfed`, stores for the backends, and for each secret its generated value, its pushes, and
 * its register. Takes the Kubernetes provider from its options; the stores of the Vaults are others' work.
 *
 * A value that a person enters is in a Secret that `vfed secret set` makes and Pulumi knows nothing of, so that no update
 * can overwrite it. Until then its pushes find nothing to push.
 */
export class SharedSecrets extends pulumi.ComponentResource {
  /** Namespace of the sources. */
  readonly namespace: pulumi.Output<string>;
  readonly #options: pulumi.CustomResourceOptions;

  constructor(name: string, args: SharedSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vault-federation:federation:SharedSecrets", name, args, opts);

    // What a component depends on comes before its children; but only what they name themselves also goes after them.
    this.#options = { parent: this, dependsOn: opts?.dependsOn };

    const namespace = new kubernetes.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: { name: sourcesNamespace } },
      // With the namespace go the Secrets that people have filled.
      { ...this.#options, protect: args.protect },
    );
    this.namespace = namespace.metadata.name;

    new kubernetes.core.v1.ConfigMap(
      `${name}-catalogue`,
      { metadata: { name: catalogue.name, namespace: this.namespace }, data: catalogue.data(args.plan) },
      this.#options,
    );

    for (const [backend, settings] of Object.entries(args.backends)) {
      new kubernetes.apiextensions.CustomResource(
        `${name}-${backendStore(backend)}`,
        {
          apiVersion: "external-secrets.io/v1",
          kind: "ClusterSecretStore",
          metadata: { name: backendStore(backend) },
          spec: backendStoreSpec(settings),
        },
        this.#options,
      );
    }

    for (const secret of args.plan.secrets) {
      this.#secret(name, secret);
    }

    this.registerOutputs({ namespace: this.namespace });
  }

  #secret(name: string, { path, type, source, generated, pushes, register }: PlannedSecret): void {
    const prefix = `${name}-${objectName(path)}`;
    if (source !== undefined && generated !== undefined) {
      this.#generatedSource(prefix, source, type, generated);
    }
    for (const push of pushes) {
      this.#push(`${prefix}-to-${push.store}`, push);
    }
    if (register !== undefined) {
      new kubernetes.apiextensions.CustomResource(
        `${prefix}-register`,
        {
          apiVersion: "external-secrets.io/v1",
          kind: "ExternalSecret",
          metadata: { name: register.name, namespace: this.namespace },
          spec: registerSpec(register),
        },
        this.#options,
      );
      this.#push(`${prefix}-result`, register.push);
    }
  }

  #generatedSource(prefix: string, source: string, type: string, settings: GeneratedSettings): void {
    const password = new random.RandomPassword(
      `${prefix}-value`,
      {
        length: settings.length,
        special: settings.special,
        keepers: { version: String(settings.version) },
      },
      this.#options,
    );
    const values = { ...settings.plain, [settings.key]: password.result };
    new kubernetes.core.v1.Secret(
      `${prefix}-source`,
      {
        metadata: { name: source, namespace: this.namespace, labels: secretLabels(source) },
        type,
        data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, base64(value)])),
      },
      this.#options,
    );
  }

  /** No update waits for a push: its source may be nobody's yet, and its store that of a region that is away. */
  #push(name: string, push: Push): void {
    new kubernetes.apiextensions.CustomResource(
      name,
      {
        apiVersion: "external-secrets.io/v1alpha1",
        kind: "PushSecret",
        metadata: { name: push.name, namespace: this.namespace },
        spec: pushSpec(push),
      },
      this.#options,
    );
  }
}

function base64(value: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.output(value).apply((text) => Buffer.from(text).toString("base64"));
}
