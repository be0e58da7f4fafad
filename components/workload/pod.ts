import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { gatewayHealthPath, kuboPorts, meshPodMetadata } from "../network";
import { labels, rolesOf, selectorLabels, type Workload } from "../platform";
import type { Settings, WorkloadSettings } from "../settings";

type PodTemplate = types.input.core.v1.PodTemplateSpec;
type PodSpec = types.input.core.v1.PodSpec;
type Container = types.input.core.v1.Container;
type EnvVar = types.input.core.v1.EnvVar;

/** The pod's number in its StatefulSet, for later variables and `subPathExpr`. */
export const podIndex: EnvVar = {
  name: "POD_INDEX",
  valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } },
};

/** Environment variables from a record, in a stable order. */
export function variables(values: Readonly<Record<string, string>>): EnvVar[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** Text as a program is to get it, in a variable or an argument: Kubernetes would put variables' values in for their names, `$(NAME)`. */
export function literal(text: string): string {
  return text.split("$").join("$$");
}

/** Environment variables as the settings give them. */
export function givenVariables(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, literal(value)]));
}

/** A container as the `restricted` Pod Security profile and more want it: no privileges, no writable root, nothing inherited. */
export function hardened(
  workload: Pick<WorkloadSettings, "image" | "imagePullPolicy" | "resources">,
  container: Omit<Container, "image" | "resources">,
): Container {
  return {
    ...container,
    image: workload.image,
    imagePullPolicy: workload.imagePullPolicy,
    resources: {
      requests: { ...workload.resources.requests },
      limits: { ...workload.resources.limits },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    terminationMessagePolicy: "FallbackToLogsOnError",
  };
}

/** What a program is made of, in a pod of its own or together with another. */
export interface PodPart {
  readonly initContainers?: Container[];
  readonly containers: Container[];
  readonly volumes: types.input.core.v1.Volume[];
  readonly terminationGracePeriodSeconds: number;
}

/** Who a pod runs as: nobody that the machine knows, and never root. Its volumes are its group's, whoever wrote to them before. */
export function podSecurityContext({ podSecurity: { user } }: Settings): types.input.core.v1.PodSecurityContext {
  return {
    runAsNonRoot: true,
    ...(user === "platform" ? {} : { runAsUser: user, runAsGroup: user, fsGroup: user }),
    // Without this every start would walk millions of block files.
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** What all pods have in common around their containers. */
export function podTemplate(settings: Settings, workload: Workload, ...parts: readonly PodPart[]): PodTemplate {
  const selector = { matchLabels: selectorLabels(settings, workload) };
  const initContainers = parts.flatMap((part) => part.initContainers ?? []);
  const mesh = meshPodMetadata(settings);
  const apart = settings.spread === "required";
  const affinityTerm = { labelSelector: selector, topologyKey: "kubernetes.io/hostname" };
  return {
    metadata: { labels: { ...labels(settings.stack, workload), ...mesh.labels }, annotations: mesh.annotations },
    spec: {
      ...(initContainers.length > 0 ? { initContainers } : {}),
      containers: parts.flatMap(({ containers }) => containers),
      volumes: parts.flatMap(({ volumes }) => volumes),
      ...(workload === "top-up" ? { restartPolicy: "Never" } : {}),
      terminationGracePeriodSeconds: Math.max(...parts.map((part) => part.terminationGracePeriodSeconds)),
      serviceAccountName: workload,
      automountServiceAccountToken: false,
      dnsConfig: { options: nameLookup },
      // Services named like variables of ipfs-cluster would otherwise set them.
      enableServiceLinks: false,
      securityContext: podSecurityContext(settings),
      ...placement(settings, workload),
      affinity: {
        podAntiAffinity: apart
          ? { requiredDuringSchedulingIgnoredDuringExecution: [affinityTerm] }
          : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: affinityTerm }] },
        ...(workload === "cluster" ? { podAffinity: besideItsKubo(settings) } : {}),
      },
      topologySpreadConstraints: [
        {
          topologyKey: "topology.kubernetes.io/zone",
          maxSkew: 1,
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: selector,
        },
        {
          topologyKey: "kubernetes.io/hostname",
          maxSkew: 1,
          whenUnsatisfiable: apart ? "DoNotSchedule" : "ScheduleAnyway",
          labelSelector: selector,
        },
      ],
    },
  };
}

/**
 * The two halves of a peer share a machine where they can, so that a lost machine takes one peer along and not half of two. Kubernetes
 * before 1.31 does not know `matchLabelKeys`, and goes by any kubo of the stack.
 */
function besideItsKubo(settings: Settings): types.input.core.v1.PodAffinity {
  const podAffinityTerm = {
    labelSelector: { matchLabels: selectorLabels(settings, "ipfs") },
    matchLabelKeys: ["apps.kubernetes.io/pod-index"],
    topologyKey: "kubernetes.io/hostname",
  };
  return { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }] };
}

/**
 * Where pods may run: those of two programs where both may, and the settings have made sure that there is such a place. The gateway runs on
 * the same machines as kubo, jobs on those of ipfs-cluster.
 */
function placement(
  settings: Settings,
  workload: Workload,
): Pick<PodSpec, "imagePullSecrets" | "nodeSelector" | "tolerations" | "priorityClassName"> {
  const roles = rolesOf(workload === "gateway" ? "ipfs" : workload === "top-up" ? "cluster" : workload);
  const programs = roles.map((role) => (role === "ipfs" ? settings.kubo : settings.cluster));
  const pullSecrets = new Set(programs.flatMap(({ imagePullSecrets }) => imagePullSecrets));
  return {
    imagePullSecrets: [...pullSecrets].map((name) => ({ name })),
    nodeSelector: Object.assign({}, ...programs.map(({ nodeSelector }) => nodeSelector)),
    tolerations: programs.flatMap(({ tolerations }) => tolerations.map((toleration) => ({ ...toleration }))),
    priorityClassName: programs.map(({ priorityClassName }) => priorityClassName).find((name) => name !== undefined),
  };
}

/**
 * Peers are named in full, so nothing is looked up in the search domains first; and a lost packet costs a second rather than five, which is
 * longer than a peer may take to be dialled.
 */
const nameLookup = [
  { name: "ndots", value: "1" },
  { name: "timeout", value: "1" },
  { name: "attempts", value: "5" },
];

export const gatewayAnswers = { httpGet: { path: gatewayHealthPath, port: kuboPorts.gateway.name } };

/** A Secret's files; readable for the pod's group, which is the containers' own. */
export function secretVolume(name: string, secretName: pulumi.Input<string>): types.input.core.v1.Volume {
  return { name, secret: { secretName, defaultMode: 0o440 } };
}

/** Scratch space; each program wants a writable temporary directory to itself. */
export function scratchSpace(name: string) {
  return { volume: { name, emptyDir: {} }, mount: { name, mountPath: "/tmp" } };
}
