import type { Settings } from "../settings";

/** The two programs that form a peer. */
export type Role = "ipfs" | "cluster";

/** What runs a stack's peers: a workload for each role, or one whose pods play both. */
export type PeerWorkload = Role | "peer";

/** Everything that runs as pods: the peers, the gateway where it is a workload of its own, and jobs. */
export type Workload = PeerWorkload | "gateway" | "top-up";

/** The workload whose pods play a role: with `topology: colocated` one plays both. */
export function workloadOf(settings: Pick<Settings, "topology">, role: Role): PeerWorkload;
export function workloadOf(settings: Pick<Settings, "topology">, role: Workload): Workload;
export function workloadOf({ topology }: Pick<Settings, "topology">, role: Workload): Workload {
  return topology === "colocated" && (role === "ipfs" || role === "cluster") ? "peer" : role;
}

/** The roles that a workload's pods play. */
export function rolesOf(workload: PeerWorkload): readonly Role[] {
  return workload === "peer" ? ["ipfs", "cluster"] : [workload];
}

/** Labels that select the pods which play a role, whatever the topology; immutable once a StatefulSet has them. */
export function selectorLabels(settings: Pick<Settings, "stack" | "topology">, role: Workload): Record<string, string> {
  return nameLabels(settings.stack, workloadOf(settings, role));
}

/** Labels of every object this program makes. */
export function labels(instance: string, role?: Workload): Record<string, string> {
  return {
    ...(role ? nameLabels(instance, role) : { "app.kubernetes.io/instance": instance }),
    "app.kubernetes.io/part-of": "ipfs-cluster",
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

function nameLabels(instance: string, name: Workload): Record<string, string> {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": instance };
}
