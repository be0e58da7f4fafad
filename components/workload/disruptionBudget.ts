import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** Lets one pod of a workload be evicted at a time. A single one has none: it would keep its node from being drained. */
export function disruptionBudget(
  name: string,
  metadata: k8s.types.input.meta.v1.ObjectMeta,
  { replicas, selector }: { replicas: number; selector: k8s.types.input.meta.v1.LabelSelector },
  parent: pulumi.Resource,
): void {
  if (replicas <= 1) return;
  new k8s.policy.v1.PodDisruptionBudget(
    name,
    // A pod that is not ready anyway must not keep a node from being drained.
    { metadata, spec: { maxUnavailable: 1, selector, unhealthyPodEvictionPolicy: "AlwaysAllow" } },
    { parent },
  );
}
