import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { clusterPorts, kuboPorts, type Port } from "../network";
import { labels, type PeerWorkload, type Role, rolesOf, selectorLabels } from "../platform";
import type { Settings } from "../settings";
import { peerService, podName } from "./names";

/** The ports that the Services of a role carry inside the cluster. */
function internalPorts(settings: Settings, role: Role): Port[] {
  const { cluster, exposure, network, topology } = settings;
  if (role === "ipfs") {
    return [
      kuboPorts.swarm,
      // A Gateway reaches peers through these Services.
      ...(exposure.swarm.way === "gatewayApi" && network === "public" ? [kuboPorts.swarmUdp] : []),
      ...(topology === "paired" ? [kuboPorts.rpc] : []),
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

function servicePorts(settings: Settings, role: Role): k8s.types.input.core.v1.ServicePort[] {
  return internalPorts(settings, role).map(({ name, number, protocol }) => ({
    name,
    port: number,
    targetPort: name,
    protocol,
    // Proxies must not take it for plain HTTP, nor for anything else.
    ...(number === kuboPorts.swarmWebsocket.number ? { appProtocol: "kubernetes.io/ws" } : {}),
  }));
}

/** Labels that select the pod of one peer which plays a role. */
export function peerSelector(settings: Settings, role: Role, ordinal: number): Record<string, string> {
  return {
    ...selectorLabels(settings, role),
    "statefulset.kubernetes.io/pod-name": podName(settings, role, ordinal),
  };
}

/**
 * The Services of one workload: the headless one that governs the StatefulSet, and for each running peer one of each role that the
 * workload plays. Their names say the role, whatever the topology, and their names and addresses outlive pods. Peers must find each other in order to become ready, so both publish addresses that are not.
 */
export function workloadServices(
  name: string,
  namespace: pulumi.Input<string>,
  settings: Settings,
  workload: PeerWorkload,
  parent: pulumi.Resource,
): { governing: k8s.core.v1.Service; peers: k8s.core.v1.Service[] } {
  const service = (serviceName: string, of: PeerWorkload, spec: k8s.types.input.core.v1.ServiceSpec) =>
    new k8s.core.v1.Service(
      `${name}-${serviceName}`,
      {
        metadata: {
          name: serviceName,
          namespace,
          labels: labels(settings.stack, of),
          // It has no endpoints until the StatefulSet, which needs it first, has pods.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: { publishNotReadyAddresses: true, ...spec },
      },
      { parent },
    );
  const roles = rolesOf(workload);
  const selector = selectorLabels(settings, workload);
  const all = roles.flatMap((role) => servicePorts(settings, role));
  return {
    governing: service(workload, workload, { clusterIP: "None", selector, ports: all }),
    peers: roles.flatMap((role) =>
      Array.from({ length: settings.replicas }, (_, ordinal) =>
        service(peerService(role, ordinal), role, {
          selector: peerSelector(settings, role, ordinal),
          ports: servicePorts(settings, role),
        }),
      ),
    ),
  };
}
