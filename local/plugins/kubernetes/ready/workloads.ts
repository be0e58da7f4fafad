import { annotation } from "../objects/annotations";
import { at, conditionOf, isOwnedBy, type KubernetesObject, listAt, nameOf, numberAt, textAt } from "../objects/object";
import { failed, type ReadinessRule, ready, type Scene, waiting } from "./rule";

const pods = { apiVersion: "v1", kind: "Pod" };

const ownPods = (scene: Scene) => scene.related("Pod").filter((pod) => isOwnedBy(pod, scene.object));

/** Whether the controller has seen the newest version of the object, so that its status can be believed. */
export function isObserved(object: KubernetesObject): boolean {
  return (numberAt(object, "status", "observedGeneration") ?? 0) >= (numberAt(object, "metadata", "generation") ?? 0);
}

/**
 * All replicas run, are ready and are of the newest revision. With the strategy `OnDelete` the revision of an update is not waited for, as it
 * takes a person to delete the pods.
 */
export const statefulSetRule: ReadinessRule = {
  onRefresh: true,
  related: [pods],
  pods: ownPods,
  judge: ({ object }) => {
    const wanted = numberAt(object, "spec", "replicas") ?? 1;
    if (!isObserved(object)) return waiting("waiting for the StatefulSet controller to see the change");
    const status = (field: string) => numberAt(object, "status", field) ?? 0;
    const manual = textAt(object, "spec", "updateStrategy", "type") === "OnDelete";
    const isUpdate = (numberAt(object, "metadata", "generation") ?? 1) > 1;
    const current = textAt(object, "status", "currentRevision");
    const target = textAt(object, "status", "updateRevision");
    const ignoresRevision = manual && isUpdate;
    const rolledOut = ignoresRevision || (current !== "" && current === target);
    const allRun = status("replicas") === wanted && status("readyReplicas") === wanted;
    const replicated = allRun && (ignoresRevision || status("currentReplicas") === wanted);
    if (rolledOut && replicated) return ready("StatefulSet is ready");
    const done = rolledOut ? status("readyReplicas") : Math.min(status("readyReplicas"), status("updatedReplicas"));
    const missing: string[] = [];
    if (!replicated) missing.push(`${done} out of ${wanted} replicas succeeded readiness checks`);
    if (!rolledOut)
      missing.push(`StatefulSet controller failed to advance from revision "${current}" to revision "${target}"`);
    return waiting(`waiting for StatefulSet ${nameOf(object)}: ${done}/${wanted} Pods ready`, ...missing);
  },
};

const revision = "deployment.kubernetes.io/revision";

/** The ReplicaSet of the Deployment's newest revision. */
function newestReplicaSet({ object, related }: Scene): KubernetesObject | undefined {
  const owned = related("ReplicaSet").filter((replicaSet) => isOwnedBy(replicaSet, object));
  return owned.find((replicaSet) => annotation(replicaSet, revision) === annotation(object, revision));
}

/** The claims that the pods of a Deployment mount by name. */
function claimsOf({ object, related }: Scene): KubernetesObject[] {
  const volumes = listAt(object, "spec", "template", "spec", "volumes");
  const names = new Set(volumes.map((volume) => textAt(volume, "persistentVolumeClaim", "claimName")));
  return related("PersistentVolumeClaim").filter((claim) => names.has(nameOf(claim)));
}

/** Available, the newest ReplicaSet rolled out and ready, and every claim bound. */
export const deploymentRule: ReadinessRule = {
  onRefresh: true,
  related: [pods, { apiVersion: "apps/v1", kind: "ReplicaSet" }, { apiVersion: "v1", kind: "PersistentVolumeClaim" }],
  pods: (scene) => {
    const newest = newestReplicaSet(scene);
    return newest ? scene.related("Pod").filter((pod) => isOwnedBy(pod, newest)) : [];
  },
  judge: (scene) => {
    const { object } = scene;
    if (!isObserved(object)) return waiting("waiting for the Deployment controller to see the change");
    const replicaSet = newestReplicaSet(scene);
    const wanted = numberAt(replicaSet, "spec", "replicas") ?? 1;
    const readyPods = numberAt(replicaSet, "status", "readyReplicas") ?? 0;
    const available = conditionOf(object, "Available")?.status === "True";
    const progressing = conditionOf(object, "Progressing");
    const rolledOut = progressing?.status === "True" && progressing.reason === "NewReplicaSetAvailable";
    const isFirst = annotation(object, revision) === "1";
    const unbound = claimsOf(scene).filter((claim) => textAt(claim, "status", "phase") !== "Bound");
    const running = replicaSet !== undefined && readyPods >= wanted;
    if (available && running && (rolledOut || isFirst) && unbound.length === 0) return ready("Deployment is ready");
    const missing = ["Available", "Progressing"].flatMap((type) => falseCondition(object, type));
    if (unbound.length > 0) missing.push(`PersistentVolumeClaims not bound: ${unbound.map(nameOf).join(", ")}`);
    if (!available) missing.push("Minimum number of live Pods was not attained");
    else if (!rolledOut || !running)
      missing.push("Minimum number of Pods to consider the application live was not attained");
    const goal = numberAt(object, "spec", "replicas") ?? 1;
    return waiting(`waiting for Deployment ${nameOf(object)}: ${readyPods}/${goal} Pods available`, ...missing);
  },
};

function falseCondition(object: KubernetesObject, type: string): string[] {
  const condition = conditionOf(object, type);
  if (condition?.status !== "False") return [];
  return [`[${textAt(condition, "reason")}] ${textAt(condition, "message")}`];
}

/** A pod of the newest template is ready on every node that should have one. */
export const daemonSetRule: ReadinessRule = {
  onRefresh: true,
  related: [pods],
  pods: ownPods,
  judge: ({ object }) => {
    const observed = at(object, "status", "observedGeneration") !== undefined && isObserved(object);
    if (!observed) return waiting("waiting for the DaemonSet controller to see the change");
    const status = (field: string) => numberAt(object, "status", field) ?? 0;
    const wanted = status("desiredNumberScheduled");
    const fields = ["currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady"];
    const short = fields.find((field) => status(field) < wanted);
    if (!short) return ready("DaemonSet is ready");
    return waiting(`waiting for DaemonSet ${nameOf(object)}: ${short} is ${status(short)} of ${wanted}`);
  },
};

/** The Job is complete; it fails for good when its retries or its time are used up. */
export const jobRule: ReadinessRule = {
  onRefresh: true,
  related: [pods],
  pods: ownPods,
  judge: ({ object }) => {
    const failure = conditionOf(object, "Failed");
    if (failure?.status === "True") return failed(`[${textAt(failure, "reason")}] ${textAt(failure, "message")}`);
    if (conditionOf(object, "Complete")?.status === "True") return ready("Job is complete");
    const count = (field: string) => numberAt(object, "status", field) ?? 0;
    return waiting(
      `waiting for Job ${nameOf(object)} to succeed (active: ${count("active")}, succeeded: ${count("succeeded")}, failed: ${count("failed")})`,
    );
  },
};

/** As many replicas as asked for are available. */
export const replicationControllerRule: ReadinessRule = {
  related: [pods],
  pods: ownPods,
  judge: ({ object }) => {
    const wanted = numberAt(object, "spec", "replicas") ?? 1;
    const available = numberAt(object, "status", "availableReplicas") ?? 0;
    if (available === wanted) return ready("ReplicationController is ready");
    return waiting(`waiting for ReplicationController ${nameOf(object)}: ${available}/${wanted} Pods available`);
  },
};
