import assert from "node:assert/strict";
import type { Graph, Registered } from "../support/graph";

/** What tests read of any Kubernetes object; only what is there is there. */
export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec: Spec;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly automountServiceAccountToken?: boolean;
}

export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations?: Labels;
}

export type Labels = Readonly<Record<string, string>>;

export interface Spec {
  readonly replicas: number;
  readonly serviceName: string;
  readonly clusterIP?: string;
  readonly publishNotReadyAddresses?: boolean;
  readonly type?: string;
  readonly selector: Labels & { readonly matchLabels: Labels };
  readonly ports: readonly {
    readonly name: string;
    readonly port: number;
    readonly protocol?: string;
    readonly targetPort: string;
  }[];
  readonly template: PodTemplate;
  readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string }; readonly spec: unknown }[];
}

export interface PodTemplate {
  readonly metadata: Metadata;
  readonly spec: PodSpec;
}

export interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly enableServiceLinks: boolean;
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes: readonly Volume[];
}

export interface Volume {
  readonly name: string;
  readonly secret?: { readonly secretName: string };
  readonly configMap?: { readonly name: string };
  readonly projected?: { readonly sources: readonly { readonly configMap: { readonly name: string } }[] };
}

export interface Container {
  readonly name: string;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number; readonly hostPort?: number }[];
  readonly volumeMounts: readonly VolumeMount[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<"requests" | "limits", Readonly<Record<string, string>>>>;
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
}

export interface VolumeMount {
  readonly name: string;
  readonly subPath?: string;
  readonly subPathExpr?: string;
}

interface Probe {
  readonly httpGet?: { readonly port: string };
}

/** The resources of one Kubernetes kind, or of all of them. */
export function resourcesOf(graph: Graph, kind?: string): Registered[] {
  return graph.resources.filter(({ type }) => type.startsWith("kubernetes:") && (!kind || type.endsWith(`:${kind}`)));
}

/** The Kubernetes objects of one kind, or of all of them, with the names that the provider gave them. */
export function objectsOf(graph: Graph, kind?: string): KubernetesObject[] {
  return resourcesOf(graph, kind).map(({ state }) => state as unknown as KubernetesObject);
}

/** The one object of a kind and name. */
export function objectNamed(graph: Graph, kind: string, name: string): KubernetesObject {
  const found = objectsOf(graph, kind).filter(({ metadata }) => metadata.name === name);
  assert.equal(found.length, 1, `${found.length} objects ${kind} ${name}`);
  return found[0];
}

export function containersOf({ containers, initContainers = [] }: PodSpec): Container[] {
  return [...initContainers, ...containers];
}

export function matches(selector: Labels, labels: Labels): boolean {
  const entries = Object.entries(selector);
  return entries.length > 0 && entries.every(([key, value]) => labels[key] === value);
}

/** The pods that a StatefulSet runs: their names, and their labels with those that Kubernetes adds. */
export function podsOf({ metadata, spec }: KubernetesObject): { name: string; labels: Labels }[] {
  return Array.from({ length: spec.replicas }, (_, ordinal) => {
    const name = `${metadata.name}-${ordinal}`;
    return { name, labels: { ...spec.template.metadata.labels, "statefulset.kubernetes.io/pod-name": name } };
  });
}

/** How two runs of the program differ: resources by name, and the paths in those that are in both. */
export interface Difference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: Readonly<Record<string, readonly string[]>>;
}

/** What an update from one graph to another would do, ignored changes left out. */
export function difference(before: Graph, after: Graph): Difference {
  const [old, now] = [before, after].map(({ resources }) => new Map(resources.map((each) => [label(each), each])));
  const changed: Record<string, readonly string[]> = {};
  for (const [name, resource] of now) {
    const paths = differingPaths(old.get(name)?.inputs, resource.inputs).filter(
      (path) => !resource.ignoreChanges.some((ignored) => path === ignored || path.startsWith(`${ignored}[`)),
    );
    if (old.has(name) && paths.length > 0) changed[name] = paths;
  }
  return {
    added: [...now.keys()].filter((name) => !old.has(name)).sort(),
    removed: [...old.keys()].filter((name) => !now.has(name)).sort(),
    changed,
  };
}

/** `StatefulSet test-ipfs`. */
function label({ type, name }: Registered): string {
  return `${type.slice(type.lastIndexOf(":") + 1)} ${name}`;
}

function differingPaths(before: unknown, after: unknown, path = ""): string[] {
  if (typeof before !== "object" || typeof after !== "object" || !before || !after) {
    return before === after ? [] : [path];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) =>
    differingPaths(
      (before as Record<string, unknown>)[key],
      (after as Record<string, unknown>)[key],
      Array.isArray(after) ? `${path}[${key}]` : path ? `${path}.${key}` : key,
    ),
  );
}
