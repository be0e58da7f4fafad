import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import { clusterPart, clusterPod } from "./clusterPod";
import type { WorkloadFiles } from "./files";
import { kuboPart, kuboPod } from "./kuboPod";
import { podTemplate } from "./pod";
import { statefulWorkload, type WorkloadArgs } from "./workload";

type PeersArgs = Omit<WorkloadArgs, "workload" | "pod"> & {
  readonly files: WorkloadFiles;
  /** Whether all kubo pods are to be replaced, and ready, before any cluster pod is; those of both at once are neither first. */
  readonly kuboFirst: boolean;
};

/**
 * All that runs the stack's peers, as `topology` says: kubo and ipfs-cluster in pods of their own, in two StatefulSets of the same size; or
 * each pair in one pod, in one StatefulSet.
 *
 * Immutable after create: the topology, as the volumes have names of their own in each.
 */
export function peers(name: string, args: PeersArgs, parent: pulumi.Resource): k8s.apps.v1.StatefulSet[] {
  const { files, kuboFirst, ...common } = args;
  const { settings } = common;
  if (settings.topology === "colocated") {
    const pod = peerPod(settings, files);
    return [statefulWorkload(name, { ...common, workload: "peer", pod }, parent)];
  }
  const kubo = statefulWorkload(name, { ...common, workload: "ipfs", pod: kuboPod(settings, files) }, parent);
  const after = kuboFirst ? [...common.after, kubo] : common.after;
  const pod = clusterPod(settings, files);
  return [kubo, statefulWorkload(name, { ...common, after, workload: "cluster", pod }, parent)];
}

/** The pod that runs a kubo and the ipfs-cluster that drives it, which alone reaches its RPC. */
export function peerPod(settings: Settings, files: WorkloadFiles): k8s.types.input.core.v1.PodTemplateSpec {
  return podTemplate(settings, "peer", kuboPart(settings, files), clusterPart(settings, files));
}
