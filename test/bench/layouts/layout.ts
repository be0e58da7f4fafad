import type { KubernetesObject } from "@kubernetes/client-node";

/** A way to lay an IPFS Cluster out on Kubernetes, as the plain objects that it is made of. */
export interface Layout {
  readonly name: string;
  readonly peers: number;
  readonly namespace: KubernetesObject;
  /** Everything in the namespace. */
  readonly objects: readonly KubernetesObject[];
  /** The pod that runs a peer's kubo. */
  readonly kuboPod: (peer: number) => string;
  /** The pod that runs a peer's ipfs-cluster. */
  readonly clusterPod: (peer: number) => string;
  /** What the REST API wants to see; absent: nothing. */
  readonly authorization?: string;
}

/** The namespace of every layout, one after the other. */
export const namespaceName = "bench";

/** An object put together from parts. */
export type Manifest = KubernetesObject & Record<string, unknown>;
