import { nameOf, textAt } from "../objects/object";
import { type ReadinessRule, ready, waiting } from "./rule";

/** A volume is ready to be claimed, or claimed. */
export const persistentVolumeRule: ReadinessRule = {
  judge: ({ object }) => {
    const phase = textAt(object, "status", "phase");
    if (phase === "Available" || phase === "Bound") return ready(`PersistentVolume is ${phase}`);
    return waiting(`waiting for PersistentVolume ${nameOf(object)}, which is ${phase || "new"}`);
  },
};

/** A claim is bound, or waits for the first pod to use it because its class says so. */
export const persistentVolumeClaimRule: ReadinessRule = {
  related: [{ apiVersion: "storage.k8s.io/v1", kind: "StorageClass" }],
  judge: ({ object, related }) => {
    const phase = textAt(object, "status", "phase");
    if (phase === "Bound") return ready("PersistentVolumeClaim is bound");
    const className = textAt(object, "spec", "storageClassName");
    const storageClass = related("StorageClass").find((found) => nameOf(found) === className);
    const mode = textAt(storageClass, "volumeBindingMode");
    if (phase === "Pending" && mode === "WaitForFirstConsumer")
      return ready("PersistentVolumeClaim waits for its first Pod");
    const why = storageClass
      ? `of class ${className}`
      : className
        ? `of class ${className}, which does not exist`
        : "without a class";
    return waiting(`waiting for PersistentVolumeClaim ${nameOf(object)} ${why}, which is ${phase || "new"}`);
  },
};
