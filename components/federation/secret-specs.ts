import type { IExternalSecret } from "@kubernetes-models/external-secrets/external-secrets.io/v1";
import type { IPushSecret } from "@kubernetes-models/external-secrets/external-secrets.io/v1alpha1";

import { goDuration } from "../../config/rules.ts";
import { annotationTemplates, resultTemplate } from "./register-template.ts";
import { secretLabels } from "./secret-paths.ts";
import type { Push, Register } from "./secret-plan.ts";
import { localStore } from "./store-names.ts";

/** The specification of a PushSecret: the whole Secret becomes the whole of what is at its path. */
export function pushSpec(push: Push): NonNullable<IPushSecret["spec"]> {
  return {
    refreshInterval: goDuration(push.refreshInterval),
    updatePolicy: push.overwrite ? "Replace" : "IfNotExists",
    // With Delete, taking a secret out of one region's configuration would take it, with its history, from all Vaults.
    deletionPolicy: "None",
    secretStoreRefs: [{ name: push.store, kind: "ClusterSecretStore" }],
    selector: { secret: { selector: { matchLabels: secretLabels(push.source) } } },
    data: [
      {
        match: { remoteRef: { remoteKey: push.path } },
        ...(push.metadata === undefined ? {} : { metadata: push.metadata }),
      },
    ],
  };
}

/** The specification of the ExternalSecret that makes one Secret of all parts of a secret with several writers. */
export function registerSpec({
  folder,
  target,
  refreshInterval,
}: Register): NonNullable<IExternalSecret["spec"]> {
  const part = `^${folder}/([a-z0-9-]+)$`;
  return {
    refreshInterval: goDuration(refreshInterval),
    secretStoreRef: { name: localStore, kind: "ClusterSecretStore" },
    target: {
      name: target,
      creationPolicy: "Owner",
      // Without any part there is no result. Otherwise that were an error, which is tried again ever more rarely: the
      // first part would be noticed after a quarter of an hour.
      deletionPolicy: "Delete",
      template: {
        engineVersion: "v2",
        mergePolicy: "Replace",
        metadata: { labels: secretLabels(target), annotations: { ...annotationTemplates } },
        templateFrom: [{ literal: resultTemplate, target: "Data" }],
      },
    },
    dataFrom: [
      {
        find: { path: folder, name: { regexp: part } },
        // The template goes by the regions' names.
        rewrite: [{ regexp: { source: part, target: "$1" } }],
      },
    ],
  };
}
