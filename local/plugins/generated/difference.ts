import { isDeepStrictEqual } from "node:util";
import { isMap, type PropertyDiff, type PropertyMap, type PropertyValue, reveal, Unknown } from "../protocol/index";

/** Where two values differ: property paths below `path`, the shortest that tell what changed. Secrets count by what they hide. */
export function difference(
  path: string,
  old: PropertyValue | undefined,
  now: PropertyValue | undefined,
): Record<string, PropertyDiff["kind"]> {
  const before = absentIfNull(old);
  const after = absentIfNull(now);
  if (after instanceof Unknown) return { [path]: before === undefined ? "add" : "update" };
  if (isDeepStrictEqual(before, after)) return {};
  if (before === undefined) return { [path]: "add" };
  if (after === undefined) return { [path]: "delete" };
  if (isMap(before) && isMap(after)) return ofMaps(path, before, after);
  if (Array.isArray(before) && Array.isArray(after)) {
    const changes = Array.from({ length: Math.max(before.length, after.length) }, (_, index) =>
      difference(`${path}[${index}]`, before[index], after[index]),
    );
    return Object.assign({}, ...changes);
  }
  return { [path]: "update" };
}

function ofMaps(path: string, old: PropertyMap, now: PropertyMap): Record<string, PropertyDiff["kind"]> {
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  return Object.assign({}, ...[...keys].map((key) => difference(path + step(key), old[key], now[key])));
}

const step = (key: string) => (/^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`);

/** A property set to null and one that is not there are the same to a user. */
const absentIfNull = (value: PropertyValue | undefined) =>
  value === undefined || value === null ? undefined : (reveal(value) ?? undefined);
