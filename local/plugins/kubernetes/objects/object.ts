import { isMap, type PropertyMap, type PropertyValue, Unknown } from "../../protocol";

/** A Kubernetes object as JSON. Inputs may hold `unknown` in a preview; secrets are laid open while we work on them. */
export type KubernetesObject = PropertyMap;

/** What names a kind: `apps/v1` and `StatefulSet`. */
export interface KindName {
  readonly apiVersion: string;
  readonly kind: string;
}

/** The value at a path of keys and indices, or undefined where the path leaves the object. */
export function at(value: PropertyValue | undefined, ...path: readonly (string | number)[]): PropertyValue | undefined {
  let current = value;
  for (const step of path) {
    if (typeof step === "number") current = Array.isArray(current) ? current[step] : undefined;
    else current = isMap(current) && Object.hasOwn(current, step) ? current[step] : undefined;
  }
  return current;
}

/** The text at a path; empty if there is none. */
export function textAt(value: PropertyValue | undefined, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
}

/** The number at a path; undefined if there is none. */
export function numberAt(value: PropertyValue | undefined, ...path: readonly (string | number)[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" ? found : undefined;
}

/** The list at a path; empty if there is none. */
export function listAt(value: PropertyValue | undefined, ...path: readonly (string | number)[]): PropertyValue[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The object at a path; empty if there is none. */
export function mapAt(value: PropertyValue | undefined, ...path: readonly (string | number)[]): PropertyMap {
  const found = at(value, ...path);
  return isMap(found) ? found : {};
}

/** A copy with the value at a path of keys replaced; undefined removes it. Objects on the way are made where they are missing. */
export function withAt(object: PropertyMap, path: readonly string[], value: PropertyValue | undefined): PropertyMap {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  const { [key]: current, ...others } = object;
  if (rest.length > 0) {
    if (value === undefined && !isMap(current)) return object;
    return { ...object, [key]: withAt(isMap(current) ? current : {}, rest, value) };
  }
  return value === undefined ? others : { ...object, [key]: value };
}

export const nameOf = (object: KubernetesObject): string => textAt(object, "metadata", "name");
export const namespaceOf = (object: KubernetesObject): string => textAt(object, "metadata", "namespace");
export const uidOf = (object: KubernetesObject): string => textAt(object, "metadata", "uid");
export const kindOf = (object: KubernetesObject): KindName => ({
  apiVersion: textAt(object, "apiVersion"),
  kind: textAt(object, "kind"),
});

/** `namespace/name`, or the bare name of an object without a namespace: the id of the resource. */
export function idOf(object: KubernetesObject): string {
  const namespace = namespaceOf(object);
  return namespace === "" ? nameOf(object) : `${namespace}/${nameOf(object)}`;
}

/** The parts of an id. */
export function parseId(id: string): { namespace: string; name: string } {
  const slash = id.indexOf("/");
  return { namespace: id.slice(0, Math.max(slash, 0)), name: id.slice(slash + 1) };
}

export function isSecretKind({ apiVersion, kind }: KindName): boolean {
  return apiVersion === "v1" && kind === "Secret";
}

export function isCustomResourceDefinition({ apiVersion, kind }: KindName): boolean {
  return apiVersion.startsWith("apiextensions.k8s.io/") && kind === "CustomResourceDefinition";
}

/** Whether `owner` is among the object's owners. */
export function isOwnedBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  const uid = uidOf(owner);
  return listAt(object, "metadata", "ownerReferences").some((reference) => textAt(reference, "uid") === uid);
}

/** The condition of a type in `.status.conditions`. */
export function conditionOf(object: KubernetesObject, type: string): PropertyMap | undefined {
  return listAt(object, "status", "conditions").find(
    (condition): condition is PropertyMap => isMap(condition) && condition.type === type,
  );
}

/** Deep equality of JSON values; `unknown` equals only itself. */
export function same(a: PropertyValue | undefined, b: PropertyValue | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

/** Whether something can be put at a path: nothing on the way is a value that a preview does not know. */
export function isOpen(object: PropertyMap, ...path: readonly string[]): boolean {
  return !path.some((_, depth) => at(object, ...path.slice(0, depth + 1)) instanceof Unknown);
}
