import { createHash, randomBytes } from "node:crypto";
import type { CheckRequest } from "../../protocol";
import { Unknown } from "../../protocol";
import { annotations, isAnnotated } from "./annotations";
import { at, isOpen, type KubernetesObject, nameOf, withAt } from "./object";

type Naming = Pick<CheckRequest, "name" | "autonaming" | "randomSeed">;

/**
 * Inputs with a name: the user's own, else the one given to the resource before, else a new one, `<logical name>-<8 hex digits>`. An
 * annotation tells a given name from a chosen one, so that a replacement may take another.
 *
 * @throws Error if the stack's configuration wants every name to be chosen.
 */
export function withName(inputs: KubernetesObject, oldInputs: KubernetesObject, naming: Naming): KubernetesObject {
  if (isNamed(inputs)) return inputs;
  if (isAutonamed(oldInputs)) return autonamed(inputs, nameOf(oldInputs));
  if (naming.autonaming?.mode === "disable") {
    throw new Error(`autonaming is disabled: set .metadata.name of ${JSON.stringify(naming.name)}`);
  }
  return autonamed(inputs, naming.autonaming?.proposedName || `${naming.name}-${hexSuffix(naming.randomSeed)}`);
}

/** Whether the object has a name, if only one that a preview does not know yet. */
export function isNamed(object: KubernetesObject): boolean {
  const metadata = at(object, "metadata");
  return metadata instanceof Unknown || at(metadata, "name") instanceof Unknown || nameOf(object) !== "";
}

export function isAutonamed(object: KubernetesObject): boolean {
  return isAnnotated(object, annotations.autonamed);
}

function autonamed(inputs: KubernetesObject, name: string): KubernetesObject {
  const named = withAt(inputs, ["metadata", "name"], name);
  return isOpen(named, "metadata", "annotations")
    ? withAt(named, ["metadata", "annotations", annotations.autonamed], "true")
    : named;
}

/** The same digits for the same seed, so that a preview and the update after it agree. */
function hexSuffix(seed: Uint8Array): string {
  const bytes = seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(4);
  return bytes.subarray(0, 4).toString("hex");
}
