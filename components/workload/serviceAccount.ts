import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** An account of a workload's own that may do nothing: no pod of this program talks to the API server. */
export function serviceAccount(
  name: string,
  metadata: k8s.types.input.meta.v1.ObjectMeta,
  parent: pulumi.Resource,
): pulumi.Resource {
  return new k8s.core.v1.ServiceAccount(name, { metadata, automountServiceAccountToken: false }, { parent });
}
