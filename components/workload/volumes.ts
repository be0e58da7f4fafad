import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { labels, type Role } from "../platform";
import type { Settings, VolumeSettings } from "../settings";
import { claimName } from "./names";

/** Name of the volume in the pods and of the claim template that the claims stand in for. */
export const dataVolume = "data";

export function claimSpec(volume: VolumeSettings): k8s.types.input.core.v1.PersistentVolumeClaimSpec {
  return {
    accessModes: ["ReadWriteOnce"],
    storageClassName: volume.class,
    resources: { requests: { storage: volume.size } },
  };
}

/**
 * One claim for each running peer, as resources of their own: the StatefulSet adopts a claim of the name its template would give, so that
 * size is an ordinary in-place update, and protection and retention are each volume's own.
 *
 * @param options the provider that may adopt claims kept from an earlier stack.
 */
export function dataClaims(
  name: string,
  namespace: pulumi.Input<string>,
  settings: Settings,
  role: Role,
  options: pulumi.CustomResourceOptions,
): k8s.core.v1.PersistentVolumeClaim[] {
  const { volume } = role === "ipfs" ? settings.kubo : settings.cluster;
  return Array.from(
    { length: settings.replicas },
    (_, ordinal) =>
      new k8s.core.v1.PersistentVolumeClaim(
        `${name}-${claimName(role, ordinal)}`,
        {
          metadata: {
            name: claimName(role, ordinal),
            namespace,
            labels: labels(settings.stack, role),
            // A claim of a class that waits for its first pod stays pending until then; the StatefulSet is what is awaited.
            // A lost claim is made anew by the StatefulSet; its size is this program's again with the next change, instead of a conflict.
            annotations: { "pulumi.com/skipAwait": "true", "pulumi.com/patchForce": "true" },
          },
          spec: claimSpec(volume),
        },
        { ...options, protect: settings.volumes.protect, retainOnDelete: settings.volumes.onDestroy === "retain" },
      ),
  );
}
