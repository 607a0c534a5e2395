import { shellImage } from "./sandbox.ts";

/** A pod that runs a shell command on a certain node. */
export function pod(name: string, node: string | undefined, command: string, more: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: {
      ...(node === undefined ? {} : { nodeSelector: { "kubernetes.io/hostname": node } }),
      terminationGracePeriodSeconds: 0,
      tolerations: [{ operator: "Exists", effect: "NoSchedule" }],
      containers: [{ name: "main", image: shellImage, command: ["sh", "-c", command], ...more }],
    },
  };
}

/** A pod that serves its own name by HTTP. */
export function webServer(name: string, node: string): object {
  return pod(
    name,
    node,
    `mkdir /tmp/www && echo ${name} >/tmp/www/index.html && httpd -f -p 8080 -h /tmp/www`,
  );
}

/** A pod with a volume at /data. */
export function podWithVolume(name: string, node: string, claim: string, command: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      nodeSelector: { "kubernetes.io/hostname": node },
      terminationGracePeriodSeconds: 0,
      securityContext: { fsGroup: 1000, runAsUser: 1000 },
      containers: [
        {
          name: "main",
          image: shellImage,
          command: ["sh", "-c", command],
          volumeMounts: [{ name: "data", mountPath: "/data" }],
        },
      ],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: claim } }],
    },
  };
}

/** A claim for a volume of a class; the cluster's default class if undefined. */
export function claim(
  name: string,
  storage: string,
  storageClassName?: string,
  accessMode = "ReadWriteOnce",
): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name },
    spec: { accessModes: [accessMode], resources: { requests: { storage } }, storageClassName },
  };
}

/** A Service in front of the pods of one name. */
export function service(name: string, port: number, targetPort: number, spec: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port, targetPort }], ...spec },
  };
}
