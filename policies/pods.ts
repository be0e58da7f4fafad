import type { Field } from "./field";
import type { Resource } from "./rule";

/** A pod, or the template that pods are made from. */
export interface PodTemplate {
  readonly metadata: Field;
  readonly spec: Field;
}

const templatePaths: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  ReplicationController: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

/** Whether a resource is an object of Kubernetes, and of one of these kinds if any are named. */
export function isKubernetes({ type, kind }: Resource, ...kinds: readonly string[]): boolean {
  return /^kubernetes:(?!helm\.sh\/|yaml)/.test(type) && (kinds.length === 0 || kinds.includes(kind));
}

/** The pods that a resource is or makes. */
export function podTemplate(resource: Resource): PodTemplate | undefined {
  if (!isKubernetes(resource, ...Object.keys(templatePaths))) return undefined;
  const template = resource.fields.at(...templatePaths[resource.kind]);
  return { metadata: template.at("metadata"), spec: template.at("spec") };
}

/** The containers that run as long as the pods of a resource do. */
export function mainContainers(resource: Resource): readonly Field[] {
  return podTemplate(resource)?.spec.at("containers").items ?? [];
}

/** Every container of the pods of a resource. */
export function allContainers(resource: Resource): readonly Field[] {
  const spec = podTemplate(resource)?.spec;
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) => spec?.at(list).items ?? []);
}

/** How many pods of its kind a Deployment or StatefulSet runs; undefined if it is neither, or that is not known. */
export function replicas(resource: Resource): number | undefined {
  if (!isKubernetes(resource, "Deployment", "StatefulSet")) return undefined;
  const field = resource.fields.at("spec", "replicas");
  return field.missing ? 1 : field.number;
}

/** Where an object is: its namespace, and its name in it. */
export function place(resource: Resource): { readonly namespace: string; readonly name: string } {
  const metadata = resource.fields.at("metadata");
  return { namespace: metadata.at("namespace").text ?? "default", name: metadata.at("name").text ?? "" };
}

/** Labels that Kubernetes gives to pods, and which of them it takes is not in their template. */
const givenLabels = /^(apps|batch)\.kubernetes\.io\/|^(controller-revision|pod-template)-hash$/;

/** Whether a Service's selector takes pods of a workload; an empty one takes none. */
export function serves(selector: Field, workload: Resource): boolean {
  const labels = podTemplate(workload)?.metadata.at("labels");
  if (labels === undefined || selector.missing) return false;
  return selector.entries.every(([key, value]) => {
    if (key === "statefulset.kubernetes.io/pod-name") return value.text?.startsWith(`${place(workload).name}-`);
    return givenLabels.test(key) || labels.at(key).is(value.text ?? "");
  });
}

/** Whether a selector (`matchLabels`, `matchExpressions`) takes objects with these labels; an empty one takes all. */
export function selects(selector: Field, labels: Field): boolean {
  return (
    selector.at("matchLabels").entries.every(([key, value]) => labels.at(key).is(value.text ?? "")) &&
    selector.at("matchExpressions").items.every((expression) => meets(expression, labels))
  );
}

function meets(expression: Field, labels: Field): boolean {
  const label = labels.at(expression.at("key").text ?? "").text;
  const isOneOf = expression.at("values").items.some((value) => value.text === label);
  switch (expression.at("operator").text) {
    case "In":
      return label !== undefined && isOneOf;
    case "NotIn":
      return label === undefined || !isOneOf;
    case "Exists":
      return label !== undefined;
    case "DoesNotExist":
      return label === undefined;
    default:
      return false;
  }
}
