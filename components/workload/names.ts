import { clusterPorts, kuboPorts } from "../network";
import { type Role, workloadOf } from "../platform";
import type { Settings } from "../settings";

/** `ipfs-0`, `cluster-2`: the Service that stands for one peer's kubo or ipfs-cluster, whichever pod that is in. */
export function peerService(role: Role, ordinal: number | string): string {
  return `${role}-${ordinal}`;
}

/** `ipfs-0`, `cluster-2`; where both are in one pod, `peer-0`. */
export function podName(settings: Pick<Settings, "topology">, role: Role, ordinal: number): string {
  return `${workloadOf(settings, role)}-${ordinal}`;
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
  if (settings.topology === "colocated") return `/ip4/127.0.0.1/tcp/${kuboPorts.rpc.number}`;
  return `/dns/${peerHost(settings, "ipfs", ordinal)}/tcp/${kuboPorts.rpc.number}`;
}

/** `prod-eu-cluster-0`: the name a peer goes by, which says which stack it is of. */
export function peerName(settings: Settings, role: Role, ordinal: number | string): string {
  return `${settings.stack}-${peerService(role, ordinal)}`;
}

/** A volume in the pods that play a role: where one pod plays both, the name says whose it is. */
export function volumeName(
  { topology }: Pick<Settings, "topology">,
  role: Role,
  use: "data" | "config" | "identity" | "tmp",
): string {
  return topology === "colocated" ? `${use}-${role}` : use;
}

/** The claim that the StatefulSet's template for this data would make, and so adopts. */
export function claimName(settings: Pick<Settings, "topology">, role: Role, ordinal: number): string {
  return `${volumeName(settings, role, "data")}-${podName(settings, role, ordinal)}`;
}
