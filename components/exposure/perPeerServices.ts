import type { types } from "@pulumi/kubernetes";
import { clusterPorts, kuboPorts, type Port } from "../network";
import type { Role } from "../platform";
import type { PerPeerLoadBalancer, PerPeerNodePort, Settings } from "../settings";
import { peerSelector, peerService } from "../workload";
import { addressOf } from "./announce";
import { loadBalancerTerms } from "./providers";

/** Ports that each peer has to itself outside: kubo's swarm, and ipfs-cluster's. */
export type PerPeerUse = "swarm" | "peer";

/** A port that may be opened to the outside for each peer. */
type PeerPort = Port<"public" | "peer">;

/** A Service through which one peer is reached from outside. */
export interface PerPeerService {
  readonly name: string;
  readonly role: Role;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: types.input.core.v1.ServiceSpec;
}

/**
 * The Services that lead from outside to one peer: none, one, or one for each protocol (`split`). They select its pod before it is ready,
 * as peers become ready by being reached.
 *
 * Immutable after create: the class of a load balancer; another one replaces the Service, and its address.
 */
export function perPeerServices(settings: Settings, use: PerPeerUse, ordinal: number): PerPeerService[] {
  const way = settings.exposure[use];
  const role = use === "swarm" ? "ipfs" : "cluster";
  const name = `${peerService(role, ordinal)}-${use}`;
  const ports = portsOf(settings, use);
  const service = ({ spec, ...rest }: Omit<PerPeerService, "role">): PerPeerService => ({
    ...rest,
    role,
    spec: {
      publishNotReadyAddresses: true,
      selector: peerSelector(settings, role, ordinal),
      ...spec,
    },
  });
  switch (way.way) {
    case "nodePort":
      return [service({ name, ...onNodes(way, ports, ordinal) })];
    case "loadBalancer":
      return groups(way, ports, name).map((group) => service({ name: group.name, ...balanced(way, group, ordinal) }));
    default:
      return [];
  }
}

function portsOf({ network }: Settings, use: PerPeerUse): PeerPort[] {
  if (use === "peer") return [clusterPorts.swarm];
  return network === "public" ? [kuboPorts.swarm, kuboPorts.swarmUdp] : [kuboPorts.swarm];
}

function servicePort({ name, number, protocol }: PeerPort): types.input.core.v1.ServicePort {
  return { name, port: number, targetPort: name, protocol };
}

function onNodes(
  { basePort }: PerPeerNodePort,
  ports: readonly PeerPort[],
  ordinal: number,
): Pick<PerPeerService, "annotations" | "spec"> {
  return {
    // It has no endpoints until the StatefulSet has pods, and those are told where it is before they start.
    annotations: { "pulumi.com/skipAwait": "true" },
    spec: {
      type: "NodePort",
      // Nodes may have addresses of both families, and any of them may be named.
      ipFamilyPolicy: "PreferDualStack",
      // Local would keep clients' addresses, but answer only on the node that the pod happens to be on.
      externalTrafficPolicy: "Cluster",
      ports: ports.map((port) => ({ ...servicePort(port), nodePort: basePort + ordinal })),
    },
  };
}

/** Ports that share a Service. */
interface Group {
  readonly name: string;
  readonly ports: readonly PeerPort[];
  /** What the Services that are to share an address have in common. */
  readonly sharedBy?: string;
}

/** All ports in one Service; or, where that is asked for, those of UDP in another. */
function groups({ split }: PerPeerLoadBalancer, ports: readonly PeerPort[], name: string): Group[] {
  const udp = ports.filter(({ protocol }) => protocol === "UDP");
  if (!split || udp.length === 0) return [{ name, ports }];
  return [
    { name, ports: ports.filter(({ protocol }) => protocol === "TCP"), sharedBy: name },
    { name: `${name}-udp`, ports: udp, sharedBy: name },
  ];
}

function balanced(
  way: PerPeerLoadBalancer,
  { ports, sharedBy }: Group,
  ordinal: number,
): Pick<PerPeerService, "annotations" | "spec"> {
  const { annotations, spec } = loadBalancerTerms(way, {
    mixed: new Set(ports.map(({ protocol }) => protocol)).size > 1,
    sharedBy,
    address: addressOf(way.addresses, ordinal),
  });
  return {
    annotations,
    spec: {
      type: "LoadBalancer",
      // No ipFamilyPolicy: providers without addresses of both families refuse to give any.
      externalTrafficPolicy: "Local",
      ...(way.allowFrom.length > 0 ? { loadBalancerSourceRanges: [...way.allowFrom] } : {}),
      ports: ports.map(servicePort),
      ...spec,
    },
  };
}
