import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { clusterPorts } from "../network";
import { parseQuantity, type Settings } from "../settings";
import { goMemoryLimit } from "./memory";
import { kuboRpcAddress, peerName, volumeName } from "./names";
import { hardened, type PodPart, podIndex, podTemplate, scratchSpace, variables } from "./pod";
import { clusterIsReady, startCluster } from "./scripts";

/**
 * The pod that runs ipfs-cluster alone.
 *
 * @param configSecret name of the Secret with `service.json`, `identity-<n>.json` and `authorization`.
 */
export function clusterPod(
  settings: Settings,
  configSecret: pulumi.Input<string>,
): types.input.core.v1.PodTemplateSpec {
  return podTemplate(settings, "cluster", clusterPart(settings, configSecret));
}

/** What runs ipfs-cluster, wherever that is. */
export function clusterPart(settings: Settings, configSecret: pulumi.Input<string>): PodPart {
  const { cluster } = settings;
  const state = { name: volumeName(settings, "cluster", "data"), mountPath: "/data/ipfs-cluster" };
  const config = { name: volumeName(settings, "cluster", "config"), readOnly: true };
  const scratch = scratchSpace(volumeName(settings, "cluster", "tmp"));
  const kubo = kuboRpcAddress(settings, "$(POD_INDEX)");
  const daemon = hardened(cluster, {
    name: "cluster",
    command: ["sh", "-c", startCluster(settings), "cluster", ...cluster.arguments],
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
        ...cluster.environment,
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
      { ...config, mountPath: `${state.mountPath}/service.json`, subPath: "service.json" },
      { ...config, mountPath: `${state.mountPath}/identity.json`, subPathExpr: "identity-$(POD_INDEX).json" },
      { ...config, mountPath: "/etc/ipfs-cluster/authorization", subPath: "authorization" },
    ],
    // Half an hour: a large pinset is opened, and its format migrated, before the API answers.
    startupProbe: { ...apiAnswers, periodSeconds: 1, failureThreshold: 1800, timeoutSeconds: 5 },
    readinessProbe: { exec: { command: ["sh", "-c", clusterIsReady()] }, periodSeconds: 10, timeoutSeconds: 10 },
    livenessProbe: { ...apiAnswers, periodSeconds: 15, failureThreshold: 8, timeoutSeconds: 10 },
  });
  return {
    containers: [daemon],
    volumes: [scratch.volume, { name: config.name, secret: { secretName: configSecret, defaultMode: 0o440 } }],
    terminationGracePeriodSeconds: 60,
  };
}

// Needs no credentials; says that the process serves, not that it is of use.
const apiAnswers = { httpGet: { path: "/health", port: clusterPorts.rest.name } };
