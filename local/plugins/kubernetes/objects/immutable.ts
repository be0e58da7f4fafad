import { isMap, type PropertyValue } from "../../protocol";
import { at, isSecretKind, type KubernetesObject, kindOf } from "./object";

/** A step of a property path: a key of an object or an index of a list. */
export type Path = readonly (string | number)[];

/** What the provider's configuration says of objects that are often changed in place. */
export interface Mutability {
  readonly configMaps: boolean;
  readonly secrets: boolean;
}

const identity = ["metadata.name", "metadata.namespace"];
const workload = ["spec.selector"];
const roleBinding = ["roleRef"];
const job = ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"];
const volumeSources = [
  "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs hostPath iscsi local",
  "nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume",
];
const containerFields = [
  "args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources securityContext stdin stdinOnce",
  "terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
];
const podFields = [
  "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork hostPID hostname",
  "imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName readinessGates restartPolicy",
  "runtimeClassName schedulerName securityContext serviceAccount serviceAccountName shareProcessNamespace subdomain",
  "terminationGracePeriodSeconds volumes",
];

/** The fields of a kind that the official provider replaces the object for, because the API server refuses to change them. */
const immutableFields: Readonly<Record<string, readonly string[]>> = {
  "apps/v1/DaemonSet": workload,
  "apps/v1/Deployment": workload,
  "apps/v1/StatefulSet": under("spec", [
    "podManagementPolicy revisionHistoryLimit selector serviceName volumeClaimTemplates",
  ]),
  "batch/v1/Job": job,
  "batch/v1beta1/Job": job,
  "policy/v1beta1/PodDisruptionBudget": ["spec"],
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": roleBinding,
  "rbac.authorization.k8s.io/v1/RoleBinding": roleBinding,
  "storage.k8s.io/v1/StorageClass": ["parameters", "provisioner"],
  "v1/PersistentVolume": under("spec", volumeSources),
  "v1/PersistentVolumeClaim": under("spec", ["accessModes selector storageClassName volumeName"]),
  "v1/Pod": [
    ...under("spec", podFields),
    ...under("spec.containers[*]", containerFields),
    ...under("spec.initContainers[*]", containerFields),
  ],
  "v1/ResourceQuota": ["spec.scopes"],
  "v1/Secret": ["type"],
  "v1/Service": ["spec.clusterIP"],
};

function under(prefix: string, fields: readonly string[]): string[] {
  return fields.flatMap((line) => line.split(" ")).map((field) => `${prefix}.${field}`);
}

/** Patterns of the fields of an object that cannot change in place. */
export function immutablePatterns(object: KubernetesObject, mutability: Mutability): readonly string[] {
  const { apiVersion, kind } = kindOf(object);
  const frozen = at(object, "immutable") === true;
  const patterns = [...identity];
  if (isSecretKind({ apiVersion, kind }) && (frozen || !mutability.secrets)) patterns.push("stringData", "data");
  if (apiVersion === "v1" && kind === "ConfigMap" && (frozen || !mutability.configMaps))
    patterns.push("binaryData", "data");
  return patterns.concat(immutableFields[`${apiVersion}/${kind}`] ?? []);
}

/** Patterns of a `<Kind>Patch` resource, which may change any field that it does not name its object by. */
export const patchPatterns: readonly string[] = identity;

/**
 * Whether a change at a path touches a pattern: the path lies within the pattern's field, or above it and the new value has that field.
 *
 * @param value the new value at the path; undefined if the change removes it.
 */
export function touches(pattern: string, path: Path, value: PropertyValue | undefined): boolean {
  const fields = pattern.replaceAll("[*]", ".*").split(".");
  const shared = Math.min(fields.length, path.length);
  const matches = fields.slice(0, shared).every((field, depth) => field === "*" || field === path[depth]);
  return matches && (path.length >= fields.length || has(value, fields.slice(shared)));
}

function has(value: PropertyValue | undefined, [field, ...rest]: readonly string[]): boolean {
  if (field === undefined) return value !== undefined;
  if (field === "*") return Array.isArray(value) && value.some((item) => has(item, rest));
  return isMap(value) && Object.hasOwn(value, field) && has(value[field], rest);
}
