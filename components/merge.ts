/** A plain JSON object. */
export type Json = { [key: string]: unknown };

/** `base` with `extra` over it: objects merge by key, anything else is replaced. */
export function merge(base: Json, extra: Readonly<Json>): Json {
  const merged = { ...base };
  for (const [key, value] of Object.entries(extra)) {
    const current = merged[key];
    merged[key] = isObject(current) && isObject(value) ? merge(current, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
