import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import { clusterPart, clusterPod } from "./clusterPod";
import type { WorkloadFiles } from "./files";
import { kuboPart, kuboPod } from "./kuboPod";
import { podTemplate } from "./pod";
import { statefulWorkload, type WorkloadArgs } from "./workload";

type PeersArgs = Omit<WorkloadArgs, "workload" | "pod"> & { readonly files: WorkloadFiles };

/**
 * All that runs the stack's peers, as `topology` says: kubo and ipfs-cluster in pods of their own, in two StatefulSets of the same size; or
 * each pair in one pod, in one StatefulSet.
 *
 * Immutable after create: the topology, as the volumes have names of their own in each.
 */
export function peers(name: string, args: PeersArgs, parent: pulumi.Resource): k8s.apps.v1.StatefulSet[] {
  const { files, ...common } = args;
  const { settings } = common;
  if (settings.topology === "colocated") {
    const pod = peerPod(settings, files);
    return [statefulWorkload(name, { ...common, workload: "peer", pod }, parent)];
  }
  return [
    statefulWorkload(name, { ...common, workload: "ipfs", pod: kuboPod(settings, files) }, parent),
    statefulWorkload(name, { ...common, workload: "cluster", pod: clusterPod(settings, files) }, parent),
  ];
}

/** The pod that runs a kubo and the ipfs-cluster that drives it, which alone reaches its RPC. */
export function peerPod(settings: Settings, files: WorkloadFiles): k8s.types.input.core.v1.PodTemplateSpec {
  return podTemplate(settings, "peer", kuboPart(settings, files), clusterPart(settings, files));
}
