import { at, type KubernetesObject, textAt } from "./object";

/** The annotations with which the user of a resource steers this provider. */
export const annotations = {
  autonamed: "pulumi.com/autonamed",
  deletionPropagation: "pulumi.com/deletionPropagationPolicy",
  patchFieldManager: "pulumi.com/patchFieldManager",
  patchForce: "pulumi.com/patchForce",
  replaceUnready: "pulumi.com/replaceUnready",
  skipAwait: "pulumi.com/skipAwait",
  timeoutSeconds: "pulumi.com/timeoutSeconds",
  waitFor: "pulumi.com/waitFor",
} as const;

/** The value of an annotation; empty if it is not there. */
export function annotation(object: KubernetesObject, name: string): string {
  return textAt(object, "metadata", "annotations", name);
}

export function isAnnotated(object: KubernetesObject, name: string): boolean {
  return at(object, "metadata", "annotations", name) === "true";
}

const defaultTimeoutSeconds = 600;

/** Seconds that an object may take to become ready or to be gone: the resource option, else the annotation, else ten minutes. */
export function timeoutOf(object: KubernetesObject, customTimeout: number | undefined): number {
  if (customTimeout) return customTimeout;
  const value = annotation(object, annotations.timeoutSeconds);
  return /^\d+$/.test(value) ? Number(value) : defaultTimeoutSeconds;
}

export type PropagationPolicy = "Foreground" | "Background" | "Orphan";

/** What happens to an object's dependents when it is deleted. Default: they go first. */
export function propagationOf(object: KubernetesObject): PropagationPolicy {
  switch (annotation(object, annotations.deletionPropagation).toLowerCase()) {
    case "orphan":
      return "Orphan";
    case "background":
      return "Background";
    default:
      return "Foreground";
  }
}
