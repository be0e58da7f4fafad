import type { FreeForm } from "../settings";

/** `base` with `extra` over it: objects merge by key, anything else is replaced; Helm takes a null as the wish for a chart's own default. */
export function mergeValues(base: FreeForm, extra: FreeForm): FreeForm {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(extra)) {
    const current = merged[key];
    merged[key] = isObject(current) && isObject(value) ? mergeValues(current, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is FreeForm {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
