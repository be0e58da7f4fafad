import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { labels, type PeerWorkload, type Role, rolesOf, selectorLabels } from "../platform";
import { clusterSecretKey, type SecretSettings, type Settings, swarmKeyKey } from "../settings";
import { disruptionBudget } from "./disruptionBudget";
import { controllersSecret } from "./secretObjects";
import type { SecretRole } from "./secrets";
import { serviceAccount } from "./serviceAccount";
import { workloadServices } from "./services";
import { claimTemplate, dataClaims } from "./volumes";

/** What a workload is made of, beside the settings. */
export interface WorkloadArgs {
  readonly namespace: pulumi.Input<string>;
  readonly settings: Settings;
  readonly workload: PeerWorkload;
  readonly pod: k8s.types.input.core.v1.PodTemplateSpec;
  /** What pods wait for. */
  readonly after: readonly pulumi.Resource[];
  /** Options for the resources that may be adopted from an earlier stack. */
  readonly retained: pulumi.CustomResourceOptions;
}

/**
 * What runs peers, or one half of them: a StatefulSet whose pods all start at once, its Services, volumes, service account and disruption
 * budget.
 *
 * Immutable after create: names, selector, the volumes' class. Scaling, sizes, images and settings are in-place updates. A new network key
 * replaces the StatefulSet: all of its pods stop, then all start; the volumes stay.
 */
export function statefulWorkload(name: string, args: WorkloadArgs, parent: pulumi.Resource): k8s.apps.v1.StatefulSet {
  const { namespace, settings, workload } = args;
  const roles = rolesOf(workload);
  const metadata = { name: workload, namespace, labels: labels(settings.stack, workload) };
  const annotations = { [networkKeys]: roles.map((role) => networkKey(settings, role)).join(", ") };
  const selector = { matchLabels: selectorLabels(settings, workload) };

  const account = serviceAccount(`${name}-${workload}`, metadata, parent);
  const claims = roles.flatMap((role) => dataClaims(name, namespace, settings, role, args.retained));
  const services = workloadServices(name, namespace, settings, workload, parent);
  disruptionBudget(`${name}-${workload}`, metadata, { replicas: settings.replicas, selector }, parent);
  return new k8s.apps.v1.StatefulSet(
    `${name}-${workload}`,
    {
      metadata: { ...metadata, annotations },
      spec: {
        serviceName: workload,
        replicas: settings.replicas,
        podManagementPolicy: "Parallel",
        updateStrategy: { type: "RollingUpdate" },
        selector,
        template: args.pod,
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        volumeClaimTemplates: roles.map((role) => claimTemplate(settings, role)),
      },
    },
    {
      parent,
      // The claims are resources of their own, and a change of the template would replace the whole set.
      ignoreChanges: ["spec.volumeClaimTemplates"],
      // Who has a new network key can't talk to who has the old one: they stop together, and start together.
      replaceOnChanges: [`metadata.annotations["${networkKeys}"]`],
      deleteBeforeReplace: true,
      dependsOn: [...args.after, account, ...claims, services.governing, ...services.peers],
    },
  );
}

/** Annotation of a StatefulSet: which pre-shared keys its pods have. */
const networkKeys = "ipfs-cluster/network-keys";

/** Which pre-shared key a program has, in words that don't hold it: they change with the value, as far as this program can tell. */
function networkKey({ secrets: { swarmKey, clusterSecret } }: Settings, role: Role): string {
  return role === "ipfs"
    ? `swarm key: ${origin("swarm-key", swarmKey, swarmKeyKey)}`
    : `cluster secret: ${origin("cluster-secret", clusterSecret, clusterSecretKey)}`;
}

function origin(role: SecretRole, secret: SecretSettings, key: string): string {
  const { source, generation } = secret;
  switch (source) {
    case "existing":
      return `${source} ${secret.name}, generation ${generation}`;
    case "externalSecret":
      return `${source} ${controllersSecret(role, secret, [key])}, generation ${generation}`;
    default:
      return `${source}, generation ${generation}`;
  }
}
