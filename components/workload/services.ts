import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { clusterPorts, kuboPorts, type Port } from "../network";
import { labels, type Role, selectorLabels } from "../platform";
import type { Settings } from "../settings";
import { peerService } from "./names";

/** The ports that a workload's Services carry inside the cluster. */
function internalPorts(settings: Settings, role: Role): Port[] {
  const { cluster, exposure, network } = settings;
  if (role === "ipfs") {
    return [
      kuboPorts.swarm,
      // A Gateway reaches peers through these Services.
      ...(exposure.swarm.way === "gatewayApi" && network === "public" ? [kuboPorts.swarmUdp] : []),
      kuboPorts.rpc,
      kuboPorts.gateway,
      ...(exposure.swarm.websocket ? [kuboPorts.swarmWebsocket] : []),
    ];
  }
  return [
    clusterPorts.swarm,
    clusterPorts.rest,
    ...(cluster.pinningService ? [clusterPorts.pinning] : []),
    ...(cluster.proxy ? [clusterPorts.proxy] : []),
    ...(cluster.metrics ? [clusterPorts.metrics] : []),
  ];
}

/**
 * The Services of one workload: the headless one that governs the StatefulSet, and one for each running peer, whose name and address
 * outlive its pod. Peers must find each other in order to become ready, so both publish addresses that are not.
 */
export function workloadServices(
  name: string,
  namespace: pulumi.Input<string>,
  settings: Settings,
  role: Role,
  parent: pulumi.Resource,
): { governing: k8s.core.v1.Service; peers: k8s.core.v1.Service[] } {
  const ports = internalPorts(settings, role).map(({ name, number, protocol }) => ({
    name,
    port: number,
    targetPort: name,
    protocol,
    // Proxies must not take it for plain HTTP, nor for anything else.
    ...(number === kuboPorts.swarmWebsocket.number ? { appProtocol: "kubernetes.io/ws" } : {}),
  }));
  const selector = selectorLabels(settings.stack, role);
  const service = (serviceName: string, spec: k8s.types.input.core.v1.ServiceSpec) =>
    new k8s.core.v1.Service(
      `${name}-${serviceName}`,
      {
        metadata: {
          name: serviceName,
          namespace,
          labels: labels(settings.stack, role),
          // It has no endpoints until the StatefulSet, which needs it first, has pods.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: { publishNotReadyAddresses: true, ports, ...spec },
      },
      { parent },
    );
  return {
    governing: service(role, { clusterIP: "None", selector }),
    peers: Array.from({ length: settings.replicas }, (_, ordinal) =>
      service(peerService(role, ordinal), {
        selector: { ...selector, "statefulset.kubernetes.io/pod-name": peerService(role, ordinal) },
      }),
    ),
  };
}
