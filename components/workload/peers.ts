import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import { clusterPart, clusterPod } from "./clusterPod";
import { kuboPart, kuboPod } from "./kuboPod";
import { podTemplate } from "./pod";
import type { WorkloadSecrets } from "./secrets";
import { statefulWorkload, type WorkloadArgs } from "./workload";

type PeersArgs = Omit<WorkloadArgs, "workload" | "pod"> & { readonly secrets: WorkloadSecrets };

/**
 * All that runs the stack's peers, as `topology` says: kubo and ipfs-cluster in pods of their own, in two StatefulSets of the same size; or
 * each pair in one pod, in one StatefulSet.
 *
 * Immutable after create: the topology, as the volumes have names of their own in each.
 */
export function peers(name: string, args: PeersArgs, parent: pulumi.Resource): k8s.apps.v1.StatefulSet[] {
  const { secrets, ...common } = args;
  const { settings } = common;
  const kuboSecrets = secrets.kubo.map(({ metadata }) => metadata.name);
  const clusterSecret = secrets.cluster.metadata.name;
  if (settings.topology === "colocated") {
    const pod = peerPod(settings, kuboSecrets, clusterSecret);
    return [statefulWorkload(name, { ...common, workload: "peer", pod }, parent)];
  }
  return [
    statefulWorkload(name, { ...common, workload: "ipfs", pod: kuboPod(settings, kuboSecrets) }, parent),
    statefulWorkload(name, { ...common, workload: "cluster", pod: clusterPod(settings, clusterSecret) }, parent),
  ];
}

/** The pod that runs a kubo and the ipfs-cluster that drives it, which alone reaches its RPC. Parameters as of `kuboPod` and `clusterPod`. */
export function peerPod(
  settings: Settings,
  kuboSecrets: readonly pulumi.Input<string>[],
  clusterSecret: pulumi.Input<string>,
): k8s.types.input.core.v1.PodTemplateSpec {
  return podTemplate(settings, "peer", kuboPart(settings, kuboSecrets), clusterPart(settings, clusterSecret));
}
