import { stringify } from "yaml";

/** ServiceAccount of a cluster's administrator, in kube-system. */
export const adminServiceAccount = "lke-admin";

/** Secret with the administrator's token, in kube-system. */
export const adminTokenSecret = "lke-admin-token";

/** How to reach a cluster as its administrator. */
export interface AdminAccess {
  /** LKE's id of the cluster. */
  readonly clusterId: number;
  /** URL of the API server. */
  readonly endpoint: string;
  /** The cluster's certificate authority (PEM). */
  readonly authority: string;
  /** Bearer token. */
  readonly token: string;
}

/** Kubeconfig (YAML) of a cluster's administrator, in the shape that LKE hands out. */
export function adminKubeconfig(access: AdminAccess): string {
  const cluster = `lke${String(access.clusterId)}`;
  const user = `${cluster}-admin`;
  const context = `${cluster}-ctx`;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    preferences: {},
    clusters: [
      {
        cluster: {
          "certificate-authority-data": Buffer.from(access.authority).toString("base64"),
          server: access.endpoint,
        },
        name: cluster,
      },
    ],
    users: [{ user: { "as-user-extra": {}, token: access.token }, name: user }],
    contexts: [{ context: { cluster, namespace: "default", user }, name: context }],
    "current-context": context,
  });
}
