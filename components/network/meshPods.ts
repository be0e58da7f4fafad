import type { Settings } from "../settings";
import { clusterPorts, kuboPorts, type Port } from "./ports";

/** What passes sidecars by: libp2p authenticates and encrypts by itself, and wants to see who dials. */
export const libp2pPorts: readonly Port[] = [kuboPorts.swarm, clusterPorts.swarm];

/** Labels and annotations that the pods of a workload need: they are part of the mesh, all but their libp2p, or kept out of it. */
export function meshPodMetadata({ istio }: Pick<Settings, "istio">): {
  labels: Record<string, string>;
  annotations: Record<string, string>;
} {
  // The second is for a namespace in ambient mode.
  if (!istio.mesh)
    return { labels: { "sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none" }, annotations: {} };
  const ports = libp2pPorts.map(({ number }) => number).join(",");
  return {
    labels: { "sidecar.istio.io/inject": "true" },
    annotations: {
      "traffic.sidecar.istio.io/excludeInboundPorts": ports,
      "traffic.sidecar.istio.io/excludeOutboundPorts": ports,
    },
  };
}
