/** The two workloads that form a peer. */
export type Role = "ipfs" | "cluster";

/** Everything that runs as pods: the pair, and the gateway where it is a workload of its own. */
export type Workload = Role | "gateway";

/** Labels that select one workload's pods; immutable once a StatefulSet has them. */
export function selectorLabels(instance: string, role: Workload): Record<string, string> {
  return { "app.kubernetes.io/name": role, "app.kubernetes.io/instance": instance };
}

/** Labels of every object this program makes. */
export function labels(instance: string, role?: Workload): Record<string, string> {
  return {
    ...(role ? selectorLabels(instance, role) : { "app.kubernetes.io/instance": instance }),
    "app.kubernetes.io/part-of": "ipfs-cluster",
    "app.kubernetes.io/managed-by": "pulumi",
  };
}
