import type { KindName } from "../objects/object";
import { ingressRule, serviceRule } from "./network";
import { customResourceDefinitionRule, namespaceRule, resourceQuotaRule, secretRule } from "./others";
import { podRule } from "./pod";
import type { ReadinessRule } from "./rule";
import { persistentVolumeClaimRule, persistentVolumeRule } from "./storage";
import { daemonSetRule, deploymentRule, jobRule, replicationControllerRule, statefulSetRule } from "./workloads";

const rules: Readonly<Record<string, ReadinessRule>> = {
  "apiextensions.k8s.io/v1/CustomResourceDefinition": customResourceDefinitionRule,
  "apps/v1/DaemonSet": daemonSetRule,
  "apps/v1/Deployment": deploymentRule,
  "apps/v1/StatefulSet": statefulSetRule,
  "batch/v1/Job": jobRule,
  "networking.k8s.io/v1/Ingress": ingressRule,
  "v1/Namespace": namespaceRule,
  "v1/PersistentVolume": persistentVolumeRule,
  "v1/PersistentVolumeClaim": persistentVolumeClaimRule,
  "v1/Pod": podRule,
  "v1/ReplicationController": replicationControllerRule,
  "v1/ResourceQuota": resourceQuotaRule,
  "v1/Secret": secretRule,
  "v1/Service": serviceRule,
};

/** The rule for a kind; undefined for one that is ready as soon as it exists. */
export function ruleFor({ apiVersion, kind }: KindName): ReadinessRule | undefined {
  return rules[`${apiVersion}/${kind}`];
}
