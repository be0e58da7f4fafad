import { join } from "node:path";
import { localDirectory, stateDirectory } from "../paths";

/** Where a node is: everything that has an address, a path or a kernel name is derived from its place. */
export interface NodeLayout {
  /** The operator's name for it, such as `dev`; a further worker's has its number, such as `dev-2`. */
  readonly name: string;
  /** The node that has the control plane of its cluster, if that is another. */
  readonly controlPlane?: NodeLayout;
  /** Its `topology.kubernetes.io/zone`: each worker has one of its own. */
  readonly zone: string;
  /** Name of its network namespace, of the host's end of its cable and of its cgroup. */
  readonly id: string;
  /** The bridge that joins all nodes of one checkout, and the host's address on it. */
  readonly bridge: string;
  readonly gateway: string;
  readonly address: string;
  /** Addresses of its pods. */
  readonly podRange: string;
  /** In which are the addresses of all pods of the checkout, and so of the cluster. */
  readonly allPodsRange: string;
  /** Addresses of its Services of type LoadBalancer. */
  readonly loadBalancerRange: string;
  /** Where the checkout's other nodes are, or would be. */
  readonly siblings: readonly Pick<NodeLayout, "address" | "loadBalancerRange">[];
  /** Its disk; `lib` and `log` in it are the node's own /var/lib and /var/log. */
  readonly directory: string;
  /** The administrator's kubeconfig. */
  readonly kubeconfig: string;
}

/** A checkout's number on this machine, and a node's number in the checkout. */
export interface Place {
  readonly slot: number;
  readonly index: number;
}

/** How many checkouts fit on a machine, and how many nodes in a checkout. */
export const slots = 32;
export const nodesPerSlot = 8;

/** Addresses of Services; each node has its own, as nothing outside of it can see them. */
export const serviceRange = "10.43.0.0/16";
export const apiServerService = "10.43.0.1";
export const dnsService = "10.43.0.10";

/** All addresses of nodes, pods and load balancers of this machine. */
export const nodeRanges = ["10.250.0.0/16", "10.200.0.0/16", "10.201.0.0/16"];

export function nodeLayout(name: string, place: Place): NodeLayout {
  const { slot, index } = place;
  const others = [...Array(nodesPerSlot).keys()].filter((other) => other !== index);
  return {
    name,
    id: `${bridgeOf(slot)}-${index}`,
    bridge: bridgeOf(slot),
    gateway: `10.250.${slot}.1`,
    ...reachableAt(place),
    zone: zoneOf(1),
    podRange: `10.200.${slot * nodesPerSlot + index}.0/24`,
    allPodsRange: `10.200.${slot * nodesPerSlot}.0/${24 - Math.log2(nodesPerSlot)}`,
    siblings: others.map((other) => reachableAt({ slot, index: other })),
    directory: diskOf(name),
    kubeconfig: kubeconfigOf(name),
  };
}

/** Where a further worker of a cluster is; the control plane's node is worker 1. */
export function workerLayout(controlPlane: NodeLayout, number: number, place: Place): NodeLayout {
  return {
    ...nodeLayout(controlPlane.name, place),
    name: `${controlPlane.name}-${number}`,
    controlPlane,
    zone: zoneOf(number),
    directory: join(workersDirectory(controlPlane.name), String(number)),
  };
}

/** The disks of a cluster's further workers, named by their numbers. */
export function workersDirectory(name: string): string {
  return join(diskOf(name), "workers");
}

function zoneOf(worker: number): string {
  return `zone-${worker}`;
}

function reachableAt({ slot, index }: Place): Pick<NodeLayout, "address" | "loadBalancerRange"> {
  return {
    address: `10.250.${slot}.${10 + index}`,
    loadBalancerRange: `10.201.${slot * nodesPerSlot + index}.0/24`,
  };
}

export function bridgeOf(slot: number): string {
  return `icl-${slot}`;
}

export function diskOf(name: string): string {
  return join(stateDirectory, name);
}

export function kubeconfigOf(name: string): string {
  return join(localDirectory, name, "kubeconfig");
}
