import { isList, join, type Knob } from "./knob";

/**
 * The candidate that somebody who wrote `name` most likely meant: the one that the fewest edits away spell, upper and lower case and `_`, `-` and `.`
 * counting for nothing. Undefined if more than a quarter of the letters would have to change, as then a guess misleads.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = letters(name);
  let best: { name: string; edits: number } | undefined;
  for (const candidate of candidates) {
    const known = letters(candidate);
    const most = Math.min(quarter(wanted, known), (best?.edits ?? Infinity) - 1);
    // The difference in length is a lower bound, and spares the table for names that are nothing alike.
    if (Math.abs(wanted.length - known.length) > most) continue;
    const edits = distance(wanted, known);
    if (edits <= most) best = { name: candidate, edits };
  }
  return best?.name;
}

/**
 * The setting of a configuration file that somebody meant who wrote an environment variable: `Swarm.ConnMgr.HighWater` for
 * IPFS_SWARM_CONNMGR_HIGHWATER, `api.restapi.headers` for CLUSTER_RESTAPI_HEADERS. Undefined if there is none.
 */
export function settingFor(known: Knob, variable: string): string | undefined {
  const paths = settings(known, "");
  const whole = letters(variable);
  const rest = letters(variable.replace(/^[^_]+_/, ""));
  return paths.find((path) => letters(path) === whole) ?? paths.find((path) => endings(path).includes(rest));
}

/** The paths of all settings that have a name of their own. */
function settings(known: Knob, path: string): string[] {
  if (typeof known === "string" || isList(known) || "*" in known) return [path];
  return Object.entries(known).flatMap(([name, below]) => settings(below, join(path, name)));
}

function endings(path: string): string[] {
  const names = path.split(".");
  return names.map((_, i) => letters(names.slice(i).join("")));
}

/** A name without what people get wrong first: its case and its separators. */
function letters(name: string): string {
  return name.replace(/[_.-]/g, "").toLowerCase();
}

function quarter(a: string, b: string): number {
  return Math.max(1, Math.floor(Math.max(a.length, b.length) / 4));
}

/** The Levenshtein distance, row by row. */
function distance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const change = above[column - 1] + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(change, above[column] + 1, current[column - 1] + 1));
    }
    above = current;
  }
  return above[to.length];
}
