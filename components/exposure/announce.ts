import { isIP } from "node:net";
import { clusterPorts, kuboPorts, type Port } from "../network";
import { type Settings, websocketHost } from "../settings";

/** IP addresses or DNS names that a peer's Services have been given, by protocol. */
export interface GivenAddresses {
  readonly tcp: readonly string[];
  readonly udp: readonly string[];
}

/** Where nobody gives addresses, or nobody has yet. */
export const nothingGiven: GivenAddresses = { tcp: [], udp: [] };

/**
 * The multiaddresses at which one kubo peer is reached from outside, without its id; none where nothing leads there.
 *
 * @param ordinal the peer. One that does not run yet is told what the settings name for it, so that its start restarts nobody.
 * @param given what its load balancers have; only looked at where the settings name no addresses.
 */
export function swarmAddresses(settings: Settings, ordinal: number, given: GivenAddresses): string[] {
  const { websocket } = settings.exposure.swarm;
  const { tcp, udp } = outside(settings, "swarm", kuboPorts.swarm, ordinal, given);
  const quic = settings.network === "public" ? udp : [];
  return [
    ...tcp.map(({ host, port }) => `${host}/tcp/${port}`),
    // kubo adds the hashes of its certificates to the last two.
    ...quic.flatMap(({ host, port }) =>
      ["quic-v1", "quic-v1/webtransport", "webrtc-direct"].map((transport) => `${host}/udp/${port}/${transport}`),
    ),
    // What kubo itself makes of /wss.
    ...(websocket ? [`/dns/${websocketHost(websocket.host, ordinal)}/tcp/443/tls/ws`] : []),
  ];
}

/** The multiaddresses at which one cluster peer that runs is reached from outside, without its id. Parameters as for `swarmAddresses`. */
export function peerAddresses(settings: Settings, ordinal: number, given: GivenAddresses): string[] {
  if (ordinal >= settings.replicas) return [];
  const { tcp } = outside(settings, "peer", clusterPorts.swarm, ordinal, given);
  return tcp.map(({ host, port }) => `${host}/tcp/${port}`);
}

interface Endpoint {
  /** `/ip4/192.0.2.1`. */
  readonly host: string;
  readonly port: number;
}

function outside(
  { exposure }: Settings,
  use: "swarm" | "peer",
  inside: Port,
  ordinal: number,
  given: GivenAddresses,
): Record<keyof GivenAddresses, Endpoint[]> {
  const way = exposure[use];
  if (way.way === "clusterIP") return { tcp: [], udp: [] };
  const named = addressOf(way.addresses, ordinal);
  const port = way.way === "loadBalancer" ? inside.number : way.basePort + ordinal;
  const endpoints = (addresses: readonly string[]) =>
    (named === undefined ? addresses : [named]).map((address) => ({ host: hostPart(address), port }));
  return port > 65535 ? { tcp: [], udp: [] } : { tcp: endpoints(given.tcp), udp: endpoints(given.udp) };
}

/** The address that a stack file names for a peer: its own, or the one for all. Undefined: it names none. */
export function addressOf(addresses: readonly string[], ordinal: number): string | undefined {
  return addresses.length === 1 ? addresses[0] : addresses[ordinal];
}

/** `/dns` rather than `/dns4`: whoever dials takes whichever family the name has. */
function hostPart(address: string): string {
  return `/${{ 4: "ip4", 6: "ip6" }[isIP(address)] ?? "dns"}/${address}`;
}
