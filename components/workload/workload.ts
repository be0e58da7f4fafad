import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { labels, type Role, selectorLabels } from "../platform";
import type { Settings } from "../settings";
import { disruptionBudget } from "./disruptionBudget";
import { workloadServices } from "./services";
import { claimSpec, dataClaims, dataVolume } from "./volumes";

/** What a workload is made of, beside the settings. */
export interface WorkloadArgs {
  readonly namespace: pulumi.Input<string>;
  readonly settings: Settings;
  readonly role: Role;
  readonly pod: k8s.types.input.core.v1.PodTemplateSpec;
  /** Options for the resources that may be adopted from an earlier stack. */
  readonly retained: pulumi.CustomResourceOptions;
}

/**
 * One half of the pair: a StatefulSet whose pods all start at once, its Services, volumes, service account and disruption budget.
 *
 * Immutable after create: names, selector, the volumes' class. Scaling, sizes, images and settings are in-place updates.
 */
export function workload(name: string, args: WorkloadArgs, parent: pulumi.Resource): k8s.apps.v1.StatefulSet {
  const { namespace, settings, role } = args;
  const metadata = { name: role, namespace, labels: labels(settings.stack, role) };
  const selector = { matchLabels: selectorLabels(settings.stack, role) };
  const volume = (role === "ipfs" ? settings.kubo : settings.cluster).volume;

  const account = new k8s.core.v1.ServiceAccount(
    `${name}-${role}`,
    { metadata, automountServiceAccountToken: false },
    { parent },
  );
  const claims = dataClaims(name, namespace, settings, role, args.retained);
  const services = workloadServices(name, namespace, settings, role, parent);
  disruptionBudget(`${name}-${role}`, metadata, { replicas: settings.replicas, selector }, parent);
  return new k8s.apps.v1.StatefulSet(
    `${name}-${role}`,
    {
      metadata,
      spec: {
        serviceName: role,
        replicas: settings.replicas,
        podManagementPolicy: "Parallel",
        updateStrategy: { type: "RollingUpdate" },
        selector,
        template: args.pod,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        volumeClaimTemplates: [{ metadata: { name: dataVolume }, spec: claimSpec(volume) }],
      },
    },
    {
      parent,
      // The claims are resources of their own, and a change of the template would replace the whole set.
      ignoreChanges: ["spec.volumeClaimTemplates"],
      dependsOn: [account, ...claims, services.governing, ...services.peers],
    },
  );
}
