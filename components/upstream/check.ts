import { isList, join, type Kind, type Knob, type Knobs, removed } from "./knob";
import { nearest } from "./nearest";

/** What is wrong with a setting, told to the operator. */
export interface Fault {
  /** Where it is, from the root that the caller named. */
  path: string;
  /** What stands there; left out where it may be a secret, and where not the value but the name is wrong. */
  value?: unknown;
  /** Why it cannot stay. */
  reason: string;
  /** What to do about it. */
  fix?: string;
}

/**
 * All faults of a configuration, or of the part of one that is to be merged into it: names that upstream does not know, settings it has dropped, and
 * values it could not read. `null` and `undefined` are never faults: they leave the default in force.
 *
 * @param known what the configuration may hold, for example `kuboConfig`
 * @param value any JSON value
 * @param path what to call the root in the faults, for example "kubo.config"
 */
export function unknownKnobs(known: Knob, value: unknown, path: string): Fault[] {
  return check({ path, secret: false }, known, value);
}

interface Place {
  path: string;
  /** Whether a name on the way here sounds like a secret. */
  secret: boolean;
}

const secretName = /secret|priv(ate)?_?key|^key$|credential|token|passw|authorization/i;

const duration = /^([-+]?(0|((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+))?$/;
const size = /^\d[\d,]*(\.\d*)?\s*([kmgtpe]i?)?b?$/i;

const kinds: Record<Kind, { form: string; accepts: (value: unknown) => boolean }> = {
  string: { form: "a string", accepts: isString },
  strings: {
    form: "a string or a list of strings",
    accepts: (value) => isString(value) || (Array.isArray(value) && value.every(isString)),
  },
  boolean: { form: "true or false", accepts: (value) => typeof value === "boolean" },
  integer: { form: "an integer", accepts: Number.isInteger },
  unsigned: { form: "an integer of at least 0", accepts: (value) => Number.isInteger(value) && Number(value) >= 0 },
  number: { form: "a number", accepts: Number.isFinite },
  priority: {
    form: "a positive integer or false",
    accepts: (value) => value === false || (Number.isInteger(value) && Number(value) > 0),
  },
  duration: {
    form: 'a duration such as "30s" or "1h30m"',
    accepts: (value) => isString(value) && duration.test(value),
  },
  size: { form: 'a size such as "10GB"', accepts: (value) => isString(value) && size.test(value) },
  bytes: {
    form: 'a size such as "10GB" or a number of bytes',
    accepts: (value) => kinds.unsigned.accepts(value) || kinds.size.accepts(value),
  },
  any: { form: "anything", accepts: () => true },
};

function check(place: Place, known: Knob, value: unknown): Fault[] {
  if (value === null || value === undefined) return [];
  if (typeof known === "string") return checkValue(place, known, value);
  if (isList(known)) {
    if (!Array.isArray(value)) return [misfit(place, "a list", value)];
    return value.flatMap((each, i) => check({ ...place, path: `${place.path}[${i}]` }, known[0], each));
  }
  if (!isObject(value)) return [misfit(place, "an object", value)];
  return Object.entries(value).flatMap(([name, below]) => checkName(place, known, name, below));
}

function checkValue(place: Place, known: string, value: unknown): Fault[] {
  if (known.startsWith(removed)) {
    if (isObject(value) && Object.keys(value).length === 0) return []; // how kubo itself writes a section without settings
    const reason = `the daemon no longer acts on it: ${known.slice(removed.length)}`;
    return [{ path: place.path, reason, fix: "remove it" }];
  }
  const { form, accepts } = kinds[known as Kind];
  if (accepts(value)) return [];
  const fault = misfit(place, form, value);
  return [place.secret || typeof value === "object" ? fault : { ...fault, value }];
}

function checkName(place: Place, known: Knobs, name: string, value: unknown): Fault[] {
  const path = join(place.path, name);
  const knob = known["*"] ?? (Object.hasOwn(known, name) ? known[name] : undefined);
  if (knob) return check({ path, secret: place.secret || secretName.test(name) }, knob, value);
  if (value === undefined) return [];
  const like = nearest(name, Object.keys(known));
  const reason = "the daemon has no setting of this name and would ignore it";
  return [{ path, reason, ...(like && { fix: `use ${join(place.path, like)}` }) }];
}

function misfit({ path }: Place, form: string, value: unknown): Fault {
  const found = Array.isArray(value) ? "a list" : typeof value === "object" ? "an object" : `a ${typeof value}`;
  return { path, reason: `must be ${form}, and is ${found}` };
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
