/**
 * The kinds of plain values, by what the daemons parse them with:
 * - `strings`: one string, or a list of them
 * - `unsigned`: an integer that is not negative
 * - `priority`: a positive integer, or false to switch off
 * - `duration`: a string for Go's time.ParseDuration, such as "1h30m"; "" is the default
 * - `size`: a string such as "10GB" or "1 MiB"
 * - `bytes`: a size, or a number of bytes
 * - `any`: upstream leaves the form to a plugin
 */
export type Kind =
  | "string"
  | "strings"
  | "boolean"
  | "integer"
  | "unsigned"
  | "number"
  | "priority"
  | "duration"
  | "size"
  | "bytes"
  | "any";

/** A setting that upstream still names but no longer acts on, with its own words on what to do instead. */
export type Removed = `removed: ${string}`;

/** An object with these settings; `{ "*": knob }` is a map from any name. */
export interface Knobs {
  readonly [name: string]: Knob;
}

/**
 * What may stand at one place of a configuration file. It looks like the file itself: a plain value is its kind, a list of knobs is `[knob]`, a map
 * from names of one's own is `{ "*": knob }`, and an object is an object.
 */
export type Knob = Kind | Removed | readonly [Knob] | Knobs;

export const removed = "removed: ";

/** Whether the knob is a list: Array.isArray does not narrow readonly tuples. */
export function isList(knob: Knob): knob is readonly [Knob] {
  return Array.isArray(knob);
}

/** A path such as `Swarm.ConnMgr` or `Gateway.PublicGateways["example.com"]`. */
export function join(path: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
  return path ? `${path}.${name}` : name;
}
