import { isMap, type PropertyMap, type PropertyValue } from "../../protocol";
import { withoutServerMetadata } from "./normalize";
import { type KubernetesObject, same, withAt } from "./object";

/**
 * The inputs of a resource after a refresh: what the program said, except where the live object has moved since the last operation. There
 * they follow it, so that the next update sees the drift and corrects it. A field that the API server stored in another form, or not at
 * all, stays as the program said it.
 *
 * @param before the live object as the last operation left it.
 */
export function liveInputs(
  inputs: KubernetesObject,
  before: KubernetesObject,
  now: KubernetesObject,
): KubernetesObject {
  return followMap(inputs, before, now);
}

function followMap(inputs: PropertyMap, before: PropertyMap, now: PropertyMap): PropertyMap {
  const followed = Object.entries(inputs).map(([key, input]) => [key, follow(input, before[key], now[key])] as const);
  return Object.fromEntries(followed.filter((entry): entry is [string, PropertyValue] => entry[1] !== undefined));
}

function follow(
  input: PropertyValue,
  before: PropertyValue | undefined,
  now: PropertyValue | undefined,
): PropertyValue | undefined {
  if (same(before, now)) return input;
  if (isMap(input) && isMap(now)) return followMap(input, isMap(before) ? before : {}, now);
  if (Array.isArray(input) && Array.isArray(now)) {
    const old = Array.isArray(before) ? before : [];
    return now.slice(0, input.length).map((item, i) => follow(input[i] as PropertyValue, old[i], item) ?? item);
  }
  return now;
}

/** The inputs of an object that no program has described yet: all of it, but what the cluster filled in. */
export function importedInputs(live: KubernetesObject): KubernetesObject {
  const { status: _, ...stated } = withoutServerMetadata(live);
  const byControllers = ["deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"];
  return byControllers.reduce((kept, name) => withAt(kept, ["metadata", "annotations", name], undefined), stated);
}
