import type { DiffResult, PropertyDiff } from "../../protocol";
import { isMap, type PropertyValue, Unknown } from "../../protocol";
import { type Path, touches } from "./immutable";
import { type KubernetesObject, same } from "./object";

type DetailedDiff = DiffResult["detailedDiff"];

/**
 * What changed from the inputs of the last operation to the new ones, field by field. Inputs follow the live object only where a refresh
 * found that it had moved (see `liveInputs`), so fields that the API server defaults, rewrites or drops are never a change.
 *
 * @param immutable patterns of the fields that a change of replaces the object.
 */
export function diffInputs(
  oldInputs: KubernetesObject,
  newInputs: KubernetesObject,
  immutable: readonly string[],
): DetailedDiff {
  const changes: Record<string, PropertyDiff> = {};

  function compare(path: Path, before: PropertyValue | undefined, after: PropertyValue | undefined): void {
    if (same(before, after) && !(after instanceof Unknown)) return;
    if (isMap(before) && isMap(after)) {
      for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
        compare([...path, key], before[key], after[key]);
      }
    } else if (Array.isArray(before) && Array.isArray(after)) {
      for (let i = 0; i < Math.max(before.length, after.length); i++) compare([...path, i], before[i], after[i]);
    } else {
      const kind = before === undefined ? "add" : after === undefined ? "delete" : "update";
      const replace = immutable.some((pattern) => touches(pattern, path, after));
      changes[formatPath(path)] = { kind, replace, inputDiff: true };
    }
  }

  compare([], oldInputs, newInputs);
  return changes;
}

/** A path as Pulumi writes it: `spec.ports[0].name`, `metadata.annotations["a.b/c"]`. */
export function formatPath(path: Path): string {
  return path.reduce((text: string, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (/[."[\]]/.test(step)) return `${text}["${step.replaceAll('"', '\\"')}"]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/**
 * The steps of a path as Pulumi writes it. An index in brackets becomes a number, a quoted key a text.
 *
 * @throws Error for anything else, with the path in the message.
 */
export function parsePath(text: string): Path {
  const step = /\.?([^.[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]/y;
  const path: (string | number)[] = [];
  while (step.lastIndex < text.length) {
    const found = step.exec(text);
    if (!found) throw new Error(`${JSON.stringify(text)} is not a property path such as spec.ports[0].name`);
    const [, key, index, quoted] = found;
    path.push(index !== undefined ? Number(index) : (key ?? (quoted ?? "").replaceAll('\\"', '"')));
  }
  return path;
}
