import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { notYet, timestamp } from "../answer.ts";
import { type Emulator, pathId } from "../emulator.ts";
import { listing } from "../listing.ts";
import { addEvent, takeId } from "../state.ts";
import { parseBody } from "../validation.ts";
import { requireRoomForCluster, requireRoomForNodes } from "./capacity.ts";
import { newPool } from "./pool-routes.ts";
import { type AclRecord, type ClusterRecord, clusterOf, nodesOf } from "./records.ts";
import { type AclUpdate, aclUpdate, clusterCreation, clusterUpdate } from "./schema.ts";
import { aclAnswer, clusterAnswer } from "./views.ts";
import { changeCluster, observe } from "./work.ts";

/** Clusters, and everything of a cluster but its pools: `/lke/clusters`. */
export function clusterRoutes(api: FastifyInstance, emulator: Emulator, beta: boolean): void {
  const { store, provisioner, workers } = emulator;
  const isLabelTaken = (besides?: number) => (label: string) =>
    store.state.clusters.some((cluster) => cluster.id !== besides && cluster.label === label);

  api.get("/lke/clusters", (request) =>
    listing(
      request,
      store.state.clusters.map((cluster) => clusterAnswer(cluster, beta)),
    ),
  );

  api.post("/lke/clusters", (request) => {
    const versions = provisioner.kubernetesVersions;
    const body = parseBody(clusterCreation({ versions, isLabelTaken: isLabelTaken(), beta }), request.body);
    requireRoomForCluster(emulator);
    requireRoomForNodes(
      emulator,
      body.node_pools.reduce((nodes, { count }) => nodes + count, 0),
    );
    const created = timestamp(new Date());
    const cluster = store.change((state) => {
      const record: ClusterRecord = {
        id: takeId(state),
        region: body.region,
        created,
        updated: created,
        label: body.label,
        kubernetesVersion: body.k8s_version,
        highAvailability: body.control_plane?.high_availability ?? false,
        acl: mergeAcl({ enabled: false, revisionId: "", ipv4: [], ipv6: [] }, body.control_plane?.acl ?? {}),
        tags: body.tags,
        pools: body.node_pools.map((pool) => newPool(state, pool)),
        recycling: [],
        departing: [],
        deleting: false,
      };
      state.clusters.push(record);
      addEvent(state, "lke_cluster_create", { id: record.id, type: "lkecluster", label: record.label });
      return record;
    });
    workers.wake(cluster.id);
    return clusterAnswer(cluster, beta);
  });

  api.get("/lke/clusters/:clusterId", (request) =>
    clusterAnswer(clusterOf(store.state, pathId(request, "clusterId")), beta),
  );

  api.put("/lke/clusters/:clusterId", (request) => {
    const id = pathId(request, "clusterId");
    const versions = provisioner.kubernetesVersions;
    const schema = clusterUpdate(clusterOf(store.state, id), { versions, isLabelTaken: isLabelTaken(id) });
    const body = parseBody(schema, request.body);
    const changed = changeCluster(emulator, id, (cluster) => {
      cluster.label = body.label ?? cluster.label;
      cluster.kubernetesVersion = body.k8s_version ?? cluster.kubernetesVersion;
      cluster.tags = body.tags ?? cluster.tags;
      cluster.highAvailability = body.control_plane?.high_availability ?? cluster.highAvailability;
      cluster.acl = mergeAcl(cluster.acl, body.control_plane?.acl ?? {});
      return cluster;
    });
    return clusterAnswer(changed, beta);
  });

  api.delete("/lke/clusters/:clusterId", (request) => {
    const id = pathId(request, "clusterId");
    store.change((state) => {
      clusterOf(state, id).deleting = true;
    });
    workers.wake(id);
    return {};
  });

  api.post("/lke/clusters/:clusterId/recycle", (request) => {
    changeCluster(emulator, pathId(request, "clusterId"), (cluster) => {
      cluster.recycling = nodesOf(cluster).map(({ id }) => id);
    });
    return {};
  });

  api.get("/lke/clusters/:clusterId/dashboard", (request) => {
    const { id } = clusterOf(store.state, pathId(request, "clusterId"));
    // A name that never resolves (RFC 2606): there is no dashboard behind it.
    return { url: `https://${String(id)}.dashboard.linodelke.invalid` };
  });
  accessRoutes(api, emulator);
}

/** How a cluster is reached, and by whom. */
function accessRoutes(api: FastifyInstance, emulator: Emulator): void {
  const { store, provisioner, retryAfterSeconds } = emulator;

  api.get("/lke/clusters/:clusterId/kubeconfig", async (request) => {
    const { kubeconfig } = await observe(emulator, pathId(request, "clusterId"));
    if (kubeconfig === undefined) {
      throw notYet("Cluster kubeconfig is", retryAfterSeconds);
    }
    return { kubeconfig: Buffer.from(kubeconfig).toString("base64") };
  });

  api.get("/lke/clusters/:clusterId/api-endpoints", async (request) => {
    const { endpoint } = await observe(emulator, pathId(request, "clusterId"));
    if (endpoint === undefined) {
      throw notYet("Cluster API Endpoints are", retryAfterSeconds);
    }
    return listing(request, [{ endpoint }]);
  });

  const regenerate = async (clusterId: number) => {
    const { id } = clusterOf(store.state, clusterId);
    await provisioner.regenerateKubeconfig(id);
    return {};
  };
  api.post("/lke/clusters/:clusterId/regenerate", (request) => regenerate(pathId(request, "clusterId")));
  api.delete("/lke/clusters/:clusterId/kubeconfig", (request) => regenerate(pathId(request, "clusterId")));
  api.delete("/lke/clusters/:clusterId/servicetoken", (request) => regenerate(pathId(request, "clusterId")));

  const aclPath = "/lke/clusters/:clusterId/control_plane_acl";
  api.get(aclPath, (request) => aclAnswer(clusterOf(store.state, pathId(request, "clusterId")).acl));
  api.put(aclPath, (request) => {
    const id = pathId(request, "clusterId");
    const { acl } = parseBody(aclUpdate(clusterOf(store.state, id).acl.enabled), request.body);
    return aclAnswer(
      changeCluster(emulator, id, (cluster) => {
        cluster.acl = mergeAcl(cluster.acl, acl);
        return cluster.acl;
      }),
    );
  });
  api.delete(aclPath, (request) => {
    changeCluster(emulator, pathId(request, "clusterId"), (cluster) => {
      cluster.acl = mergeAcl(cluster.acl, { enabled: false });
    });
    return {};
  });
}

function mergeAcl(before: AclRecord, { enabled = before.enabled, addresses }: AclUpdate): AclRecord {
  return {
    enabled,
    revisionId: randomUUID(),
    ipv4: enabled ? (addresses?.ipv4 ?? before.ipv4) : [],
    ipv6: enabled ? (addresses?.ipv6 ?? before.ipv6) : [],
  };
}
