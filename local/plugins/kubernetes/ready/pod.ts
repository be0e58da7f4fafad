import { isMap, type PropertyMap, type PropertyValue } from "../../protocol";
import {
  conditionOf,
  type KubernetesObject,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  numberAt,
  textAt,
} from "../objects/object";
import { type ReadinessRule, ready, waiting } from "./rule";

/** A pod is ready when its Ready condition says so, or when it has run to its end. */
export const podRule: ReadinessRule = {
  onRefresh: true,
  pods: ({ object }) => [object],
  judge: ({ object }) => {
    if (isPodReady(object) || textAt(object, "status", "phase") === "Succeeded") return ready("Pod is ready");
    const step = ["PodScheduled", "Initialized"].find((type) => conditionOf(object, type)?.status !== "True");
    const goal =
      step === "PodScheduled" ? "to be scheduled" : step === "Initialized" ? "to be initialized" : "to be ready";
    return waiting(`waiting for Pod ${nameOf(object)} ${goal}`);
  },
};

export function isPodReady(pod: KubernetesObject): boolean {
  return conditionOf(pod, "Ready")?.status === "True";
}

/** Everything that keeps a pod from being ready, as its status tells it: one line each, empty for a pod that is ready. */
export function podFaults(pod: KubernetesObject): string[] {
  if (isPodReady(pod) || textAt(pod, "status", "phase") === "Succeeded") return [];
  const conditions = ["PodScheduled", "Initialized", "Ready"].map((type) => conditionOf(pod, type));
  const open = conditions.find((condition) => condition?.status !== undefined && condition.status !== "True");
  const message = textAt(open, "message");
  const faults = containersOf(pod).flatMap(containerFaults);
  // "containers with unready status" says less than the containers themselves.
  return [...(message && faults.length === 0 ? [message] : []), ...faults].map(
    (fault) => `[Pod ${podName(pod)}]: ${fault}`,
  );
}

/** The faults of a pod's containers alone, without what is normal while it starts. */
export function containerErrors(pod: KubernetesObject): string[] {
  if (isPodReady(pod)) return [];
  return containersOf(pod)
    .flatMap(containerFaults)
    .map((fault) => `[Pod ${podName(pod)}]: ${fault}`);
}

export interface CrashedContainer {
  readonly container: string;
  /** It runs again: its log is that of the run before. */
  readonly previous: boolean;
}

/** The containers that have ended badly. */
export function crashedContainers(pod: KubernetesObject): CrashedContainer[] {
  return containersOf(pod).flatMap((status): CrashedContainer[] => {
    const container = textAt(status, "name");
    if (badEnd(mapAt(status, "state", "terminated"))) return [{ container, previous: false }];
    const restarting = status.ready !== true && badEnd(mapAt(status, "lastState", "terminated"));
    return restarting ? [{ container, previous: true }] : [];
  });
}

const badEnd = (terminated: PropertyMap) => (numberAt(terminated, "exitCode") ?? 0) !== 0;

function containersOf(pod: KubernetesObject): PropertyMap[] {
  const statuses = [...listAt(pod, "status", "initContainerStatuses"), ...listAt(pod, "status", "containerStatuses")];
  return statuses.filter((status): status is PropertyMap => isMap(status) && !isDone(status));
}

/** Init containers that have done their work are not ready, and never will be. */
const isDone = (status: PropertyMap) =>
  status.ready === true || numberAt(status, "state", "terminated", "exitCode") === 0;

function containerFaults(status: PropertyMap): string[] {
  const name = JSON.stringify(textAt(status, "name"));
  const faults: string[] = [];
  const reason = textAt(status, "state", "waiting", "reason");
  if (reason && reason !== "ContainerCreating" && reason !== "PodInitializing") {
    faults.push(
      `container ${name} is waiting: [${reason}] ${shortened(textAt(status, "state", "waiting", "message"))}`.trimEnd(),
    );
  }
  const ends: [PropertyValue, string][] = [
    [mapAt(status, "state", "terminated"), "terminated"],
    [mapAt(status, "lastState", "terminated"), "last terminated"],
  ];
  for (const [terminated, word] of ends) {
    const code = numberAt(terminated, "exitCode");
    if (code === undefined) continue;
    const message = textAt(terminated, "message");
    faults.push(
      `container ${name} ${word} with exit code ${code} (${textAt(terminated, "reason")})${message && `: ${message}`}`,
    );
  }
  return faults;
}

/** Without the wrappings that the container runtime puts around an image pull error. */
function shortened(message: string): string {
  return message.replace(/^rpc error: code = \w+ desc = /, "").replace(/: manifest unknown$/, "");
}

/** `namespace/name`, or the bare name in the default namespace. */
export function podName(pod: KubernetesObject): string {
  const namespace = namespaceOf(pod);
  return namespace === "" || namespace === "default" ? nameOf(pod) : `${namespace}/${nameOf(pod)}`;
}
