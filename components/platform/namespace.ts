import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import { labels } from "./labels";

/**
 * Makes the namespace, with Pod Security `restricted` enforced, or takes the existing one.
 *
 * The namespace outlives the stack unless `volumes.onDestroy` is `delete-all-data`: deleting it would delete every volume in it.
 *
 * @param options the provider that may adopt a namespace kept from an earlier stack.
 * @returns the namespace's name.
 */
export function namespace(
  name: string,
  settings: Settings,
  options: pulumi.CustomResourceOptions,
): { name: pulumi.Input<string>; resource?: k8s.core.v1.Namespace } {
  if (!settings.namespace.create) return { name: settings.namespace.name };
  const restricted = Object.fromEntries(
    ["enforce", "audit", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
  );
  const resource = new k8s.core.v1.Namespace(
    `${name}-namespace`,
    { metadata: { name: settings.namespace.name, labels: { ...labels(settings.stack), ...restricted } } },
    { ...options, protect: settings.volumes.protect, retainOnDelete: settings.volumes.onDestroy === "retain" },
  );
  return { name: resource.metadata.name, resource };
}
