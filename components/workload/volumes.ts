import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { labels, type Role } from "../platform";
import type { Settings, VolumeSettings } from "../settings";
import { claimName, volumeName } from "./names";

/** The template of the claims of a role, which the claims stand in for. */
export function claimTemplate(settings: Settings, role: Role): k8s.types.input.core.v1.PersistentVolumeClaim {
  return { metadata: { name: volumeName(settings, role, "data") }, spec: claimSpec(volumeOf(settings, role)) };
}

function volumeOf({ kubo, cluster }: Settings, role: Role): VolumeSettings {
  return role === "ipfs" ? kubo.volume : cluster.volume;
}

function claimSpec(volume: VolumeSettings): k8s.types.input.core.v1.PersistentVolumeClaimSpec {
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
  return Array.from(
    { length: settings.replicas },
    (_, ordinal) =>
      new k8s.core.v1.PersistentVolumeClaim(
        `${name}-${claimName(settings, role, ordinal)}`,
        {
          metadata: {
            name: claimName(settings, role, ordinal),
            namespace,
            labels: labels(settings.stack, role),
            // A claim of a class that waits for its first pod stays pending until then; the StatefulSet is what is awaited.
            // A lost claim is made anew by the StatefulSet; its size is this program's again with the next change, instead of a conflict.
            annotations: { "pulumi.com/skipAwait": "true", "pulumi.com/patchForce": "true" },
          },
          spec: claimSpec(volumeOf(settings, role)),
        },
        {
          ...options,
          protect: isProtected(settings, ordinal),
          retainOnDelete: settings.volumes.onDestroy === "retain",
        },
      ),
  );
}

/** The volumes of peers that are about to leave are not: pulumi would refuse the update in which those leave. */
function isProtected({ volumes, acceptPeerLoss, replicas }: Settings, ordinal: number): boolean {
  return volumes.protect && ordinal < (acceptPeerLoss?.downTo ?? replicas);
}
