import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings";
import { policyObjects } from "./policies";

/**
 * Fences the stack's pods: nothing goes in or out but what the table of flows names.
 *
 * Security: the only fence around kubo's RPC, which has no credentials; it holds where the Kubernetes cluster's network enforces policies.
 *
 * @returns what pods wait for, so that none runs a moment without its fence.
 */
export function networkPolicies(
  name: string,
  namespace: pulumi.Input<string>,
  settings: Settings,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  if (!settings.networkPolicies.enabled) return [];
  return policyObjects(settings).map(
    ({ metadata, spec }) =>
      new k8s.networking.v1.NetworkPolicy(
        `${name}-${metadata.name}`,
        { metadata: { ...metadata, namespace }, spec },
        { parent },
      ),
  );
}
