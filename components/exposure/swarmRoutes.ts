import { kuboPorts, type Port } from "../network";
import { labels } from "../platform";
import type { Settings } from "../settings";
import { peerService } from "../workload";

/** A custom resource, whole. */
export interface CustomObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A listener of a Gateway. */
export interface RouteListener {
  readonly name: string;
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
  readonly allowedRoutes: {
    readonly namespaces: { readonly from: "Same" };
    readonly kinds: readonly { readonly group: string; readonly kind: string }[];
  };
}

const group = "gateway.networking.k8s.io";

/** The listeners of the stack's own Gateway for `exposure.swarm.way: gatewayApi`: for each peer and protocol one. Else none. */
export function swarmListeners(settings: Settings): RouteListener[] {
  return swarmRoutesOf(settings).map(({ name, kind, port, listener }) => ({
    name,
    port: listener,
    protocol: port.protocol,
    allowedRoutes: { namespaces: { from: "Same" }, kinds: [{ group, kind }] },
  }));
}

/**
 * The TCPRoutes and UDPRoutes that lead from those listeners to the peers. At a Gateway of somebody else, whose listeners may have any
 * name, they attach by port.
 *
 * @returns objects without a namespace: they belong into the stack's.
 */
export function swarmRoutes(settings: Settings): CustomObject[] {
  const { existing, routeVersion } = settings.gatewayApi;
  return swarmRoutesOf(settings).map(({ name, kind, port, listener, peer }) => ({
    apiVersion: `${group}/${routeVersion}`,
    kind,
    metadata: { name, labels: labels(settings.stack, "ipfs") },
    spec: {
      parentRefs: [
        existing
          ? { name: existing.name, namespace: existing.namespace, port: listener }
          : { name: "gateway", sectionName: name },
      ],
      rules: [{ backendRefs: [{ name: peer, port: port.number }] }],
    },
  }));
}

interface SwarmRoute {
  /** Of the route and of its listener. */
  readonly name: string;
  readonly kind: "TCPRoute" | "UDPRoute";
  readonly port: Port;
  readonly listener: number;
  /** The Service behind it. */
  readonly peer: string;
}

function swarmRoutesOf({ exposure, network, replicas }: Settings): SwarmRoute[] {
  const { swarm } = exposure;
  if (swarm.way !== "gatewayApi") return [];
  return Array.from({ length: replicas }, (_, ordinal) => ordinal).flatMap((ordinal): SwarmRoute[] => {
    const peer = peerService("ipfs", ordinal);
    const common = { peer, listener: swarm.basePort + ordinal };
    const tcp = { ...common, name: `${peer}-swarm`, kind: "TCPRoute", port: kuboPorts.swarm } as const;
    const udp = { ...common, name: `${peer}-swarm-udp`, kind: "UDPRoute", port: kuboPorts.swarmUdp } as const;
    return network === "public" ? [tcp, udp] : [tcp];
  });
}
