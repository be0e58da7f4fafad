import { isMap, type PropertyMap, type PropertyValue } from "../../protocol";
import { parsePath } from "./diff";
import type { Path } from "./immutable";
import { at, type KubernetesObject, listAt, textAt, withAt } from "./object";

/** The manager name under which objects are created, before server-side apply takes over. */
export const createManager = "pulumi-kubernetes";

/** Managers whose fields pass to the resource when it first applies: `kubectl`, and this provider's and the official one's own creations. */
const predecessors: ReadonlySet<string> = new Set([
  "kubectl/Apply",
  "kubectl/Update",
  "before-first-apply/Update",
  `${createManager}/Update`,
  "pulumi-kubernetes.exe/Update",
  "pulumi-resource-kubernetes/Update",
]);

const isPredecessor = (entry: PropertyValue) =>
  predecessors.has(`${textAt(entry, "manager")}/${textAt(entry, "operation")}`) && textAt(entry, "subresource") === "";

/**
 * The object's `managedFields` with the fields of its predecessors given to `manager`, or undefined if there is nothing to hand over.
 * Without it a field that the program drops would stay on the object, still held by the manager that created it.
 */
export function takenOver(live: KubernetesObject, manager: string): PropertyValue[] | undefined {
  const entries = listAt(live, "metadata", "managedFields");
  const handedOver = entries.filter(isPredecessor);
  if (handedOver.length === 0) return undefined;
  const isOwn = (entry: PropertyValue) =>
    textAt(entry, "manager") === manager &&
    textAt(entry, "operation") === "Apply" &&
    textAt(entry, "subresource") === "";
  const own = entries.find(isOwn) ?? handedOver[0];
  const fields = [own, ...handedOver].reduce((all: PropertyMap, entry) => union(all, fieldsOf(entry)), {});
  const merged = { ...(isMap(own) ? own : {}), manager, operation: "Apply", fieldsV1: fields };
  return [...entries.filter((entry) => !isPredecessor(entry) && !isOwn(entry)), merged];
}

function fieldsOf(entry: PropertyValue | undefined): PropertyMap {
  const fields = at(entry, "fieldsV1");
  return isMap(fields) ? fields : {};
}

/** Sets of fields are tries: the union of two has the branches of both. */
function union(a: PropertyMap, b: PropertyMap): PropertyMap {
  const all = { ...a };
  for (const [key, branch] of Object.entries(b)) {
    const mine = all[key];
    all[key] = isMap(mine) && isMap(branch) ? union(mine, branch) : branch;
  }
  return all;
}

/**
 * Inputs for an apply that leaves the fields of the option `ignoreChanges` alone: one that belongs to others only is not sent at all, any
 * other is sent as it is on the live object, so that it neither changes nor is given up.
 */
export function withoutIgnored(
  inputs: KubernetesObject,
  live: KubernetesObject,
  ignoreChanges: readonly string[],
  manager: string,
): KubernetesObject {
  const entries = listAt(live, "metadata", "managedFields");
  const ours = entries.filter((entry) => textAt(entry, "manager") === manager);
  const theirs = entries.filter((entry) => textAt(entry, "manager") !== manager);
  return ignoreChanges
    .map(parsePath)
    .filter(isKeys)
    .reduce((kept, path) => {
      const held = (by: PropertyValue[]) => by.some((entry) => manages(fieldsOf(entry), path));
      if (held(theirs) && !held(ours)) return withAt(kept, path, undefined);
      const current = at(live, ...path);
      return current === undefined ? kept : withAt(kept, path, current);
    }, inputs);
}

/** Server-side apply knows the elements of a list by their keys, so a path with an index is left as the engine gave it: the old input. */
function isKeys(path: Path): path is readonly string[] {
  return path.every((step) => typeof step === "string");
}

function manages(fields: PropertyMap, path: readonly string[]): boolean {
  return at(fields, ...path.map((key) => `f:${key}`)) !== undefined;
}
