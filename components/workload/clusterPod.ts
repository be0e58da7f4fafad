import type { types } from "@pulumi/kubernetes";
import { clusterPorts } from "../network";
import { identityKey, parseQuantity, type Settings } from "../settings";
import { mounts } from "./compose";
import type { WorkloadFiles } from "./files";
import { goMemoryLimit } from "./memory";
import { kuboRpcAddress, peerName, volumeName } from "./names";
import {
  givenVariables,
  hardened,
  literal,
  type PodPart,
  podIndex,
  podTemplate,
  scratchSpace,
  secretVolume,
  variables,
} from "./pod";
import { clusterEtc, clusterIsReady, clusterRun, startCluster } from "./scripts";

/** The pod that runs ipfs-cluster alone. */
export function clusterPod(settings: Settings, files: WorkloadFiles): types.input.core.v1.PodTemplateSpec {
  return podTemplate(settings, "cluster", clusterPart(settings, files));
}

/** What runs ipfs-cluster, wherever that is. */
export function clusterPart(settings: Settings, { clusterConfig, secrets }: WorkloadFiles): PodPart {
  const { cluster } = settings;
  const state = { name: volumeName(settings, "cluster", "data"), mountPath: "/data/ipfs-cluster" };
  const config = { name: volumeName(settings, "cluster", "config"), readOnly: true };
  const identity = { name: volumeName(settings, "cluster", "identity"), readOnly: true };
  const clusterSecret = { name: "cluster-secret", mountPath: mounts.clusterSecret, readOnly: true };
  const restCredentials = { name: "rest-credentials", mountPath: mounts.restCredentials, readOnly: true };
  const run = { name: "run", mountPath: clusterRun };
  const scratch = scratchSpace(volumeName(settings, "cluster", "tmp"));
  const kubo = kuboRpcAddress(settings, "$(POD_INDEX)");
  const daemon = hardened(cluster, {
    name: "cluster",
    command: ["sh", "-c", startCluster(settings), "cluster", ...cluster.arguments.map(literal)],
    env: [
      podIndex,
      ...variables({
        IPFS_CLUSTER_PATH: state.mountPath,
        HOME: scratch.mount.mountPath,
        CLUSTER_PEERNAME: peerName(settings, "cluster", "$(POD_INDEX)"),
        CLUSTER_IPFSHTTP_NODEMULTIADDRESS: kubo,
        ...(cluster.proxy ? { CLUSTER_IPFSPROXY_NODEMULTIADDRESS: kubo } : {}),
        IPFS_CLUSTER_LOG_LEVEL: cluster.logLevel,
        GOLOG_LOG_FMT: settings.logFormat === "json" ? "json" : "nocolor",
        GOMEMLIMIT: goMemoryLimit(parseQuantity(cluster.resources.limits.memory)),
        // An empty secret would otherwise start an open cluster with only a warning.
        LIBP2P_FORCE_PNET: "1",
        ...givenVariables(cluster.environment),
      }),
    ],
    ports: [
      clusterPorts.rest,
      clusterPorts.swarm,
      ...(cluster.metrics ? [clusterPorts.metrics] : []),
      ...(cluster.pinningService ? [clusterPorts.pinning] : []),
      ...(cluster.proxy ? [clusterPorts.proxy] : []),
    ].map(({ name, number, protocol }) => ({ name, containerPort: number, protocol })),
    volumeMounts: [
      state,
      scratch.mount,
      run,
      { ...config, mountPath: `${clusterEtc}/service.json`, subPath: "service.json" },
      { ...config, mountPath: `${clusterEtc}/peer`, subPathExpr: "peer-$(POD_INDEX)" },
      { ...identity, mountPath: `${clusterEtc}/private-key`, subPathExpr: identityKey("cluster", "$(POD_INDEX)") },
      clusterSecret,
      restCredentials,
    ],
    // Half an hour: a large pinset is opened, and its format migrated, before the API answers.
    startupProbe: { ...apiAnswers, periodSeconds: 1, failureThreshold: 1800, timeoutSeconds: 5 },
    readinessProbe: { exec: { command: ["sh", "-c", clusterIsReady()] }, periodSeconds: 10, timeoutSeconds: 10 },
    livenessProbe: { ...apiAnswers, periodSeconds: 15, failureThreshold: 8, timeoutSeconds: 10 },
  });
  return {
    containers: [daemon],
    volumes: [
      scratch.volume,
      // In memory: what is put together there holds secrets.
      { name: run.name, emptyDir: { medium: "Memory", sizeLimit: "4Mi" } },
      { name: config.name, configMap: { name: clusterConfig } },
      secretVolume(identity.name, secrets.identities.cluster),
      secretVolume(clusterSecret.name, secrets.clusterSecret),
      secretVolume(restCredentials.name, secrets.restCredentials),
    ],
    terminationGracePeriodSeconds: 60,
  };
}

// Needs no credentials; says that the process serves, not that it is of use.
const apiAnswers = { httpGet: { path: "/health", port: clusterPorts.rest.name } };
