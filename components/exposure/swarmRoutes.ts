import { kuboPorts, type Port } from "../network";
import type { Settings } from "../settings";
import { peerService } from "../workload";
import { type CustomObject, customObject } from "./customObject";
import { gatewayName, type Listener } from "./gatewayListeners";

const group = "gateway.networking.k8s.io";

/** The listeners of the stack's own Gateway for `exposure.swarm.way: gatewayApi`: for each peer and protocol one. Else none. */
export function swarmListeners(settings: Settings): Listener[] {
  return routesOf(settings).map(({ name, kind, port, listener }) => ({
    name,
    port: listener,
    protocol: port.protocol,
    allowedRoutes: { namespaces: { from: "Same" }, kinds: [{ group, kind }] },
  }));
}

/**
 * The TCPRoutes and UDPRoutes that lead from those listeners to the peers. At a Gateway of somebody else, whose listeners may have any
 * name, they attach by port.
 */
export function swarmRoutes(settings: Settings): CustomObject[] {
  const { existing, routeVersion } = settings.gatewayApi;
  return routesOf(settings).map(({ name, kind, port, listener, peer }) => {
    const parent = existing
      ? { name: existing.name, namespace: existing.namespace, port: listener }
      : { name: gatewayName, sectionName: name };
    const spec = { parentRefs: [parent], rules: [{ backendRefs: [{ name: peer, port: port.number }] }] };
    return customObject(settings, { apiVersion: `${group}/${routeVersion}`, kind }, name, spec, { role: "ipfs" });
  });
}

interface SwarmRoute {
  /** Of the route and of its listener. */
  readonly name: string;
  readonly kind: "TCPRoute" | "UDPRoute";
  readonly port: Port<"public">;
  readonly listener: number;
  /** The Service behind it. */
  readonly peer: string;
}

function routesOf({ exposure, network, replicas }: Settings): SwarmRoute[] {
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
