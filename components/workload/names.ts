import { clusterPorts, kuboPorts } from "../network";
import type { Role } from "../platform";
import type { Settings } from "../settings";

/** `ipfs-0`, `cluster-2`: the name of a pod, and of the Service that stands for this one peer. */
export function peerService(role: Role, ordinal: number | string): string {
  return `${role}-${ordinal}`;
}

/**
 * DNS name of a peer, through its own Service rather than the headless one: it exists before the pod does and keeps its address over
 * restarts, so nobody ever caches that it does not exist.
 */
export function peerHost(settings: Settings, role: Role, ordinal: number | string): string {
  return `${peerService(role, ordinal)}.${settings.namespace.name}.svc.${settings.clusterDomain}`;
}

/** Where a kubo peer is dialled by the other kubo peers. */
export function kuboSwarmAddress(settings: Settings, ordinal: number): string {
  return `/dns/${peerHost(settings, "ipfs", ordinal)}/tcp/${kuboPorts.swarm.number}`;
}

/** Where a cluster peer is dialled by the other cluster peers, its id included. */
export function clusterSwarmAddress(settings: Settings, ordinal: number, id: string): string {
  return `/dns/${peerHost(settings, "cluster", ordinal)}/tcp/${clusterPorts.swarm.number}/p2p/${id}`;
}

/** Where a cluster peer finds the RPC of its kubo. */
export function kuboRpcAddress(settings: Settings, ordinal: number | string): string {
  return `/dns/${peerHost(settings, "ipfs", ordinal)}/tcp/${kuboPorts.rpc.number}`;
}

/** `prod-eu-cluster-0`: the name a peer goes by, which says which stack it is of. */
export function peerName(settings: Settings, role: Role, ordinal: number | string): string {
  return `${settings.stack}-${peerService(role, ordinal)}`;
}

/** The claim that the StatefulSet's `data` template would make, and so adopts. */
export function claimName(role: Role, ordinal: number): string {
  return `data-${peerService(role, ordinal)}`;
}
