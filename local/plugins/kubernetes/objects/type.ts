import type { KindName } from "./object";

/**
 * The kind that a resource type token such as `kubernetes:apps/v1:StatefulSet` names.
 *
 * @throws Error for a token that names no API version.
 */
export function kindOfType(token: string): KindName {
  const [, groupVersion = "", kind = ""] = token.split(":");
  const [group, version, ...more] = groupVersion.split("/");
  if (!group || !version || more.length > 0 || kind === "") {
    throw new Error(`resource type ${JSON.stringify(token)} is not of the form kubernetes:<group>/<version>:<Kind>`);
  }
  return { apiVersion: group === "core" ? version : groupVersion, kind };
}

/** Whether a resource type manages some fields of an object that belongs to someone else: `ConfigMapPatch` for a ConfigMap. */
export function isPatchType(token: string, { kind }: KindName): boolean {
  return kind !== "" && token.endsWith(`:${kind}Patch`);
}
