import { loadavg } from "node:os";

/** One line of the table. */
export interface Row {
  readonly metric: string;
  readonly value: string;
  /** What it was measured side by side with, and that one's value; absent for a number of its own. */
  readonly comparedWith?: string;
  /** Ours by the other's. */
  readonly ratio?: number;
  readonly goal?: { readonly text: string; readonly met: boolean };
}

/** What one benchmark found. */
export interface Findings {
  readonly rows: readonly Row[];
  /** How it was measured, a sentence or a few. */
  readonly method: string;
}

/** A goal for a ratio that must not be larger. */
export function atMost(limit: number, ratio: number): Row["goal"] {
  return { text: `<= ${limit}x`, met: ratio <= limit };
}

/** A goal for how many times as fast as the other ours must be; `ratio` is ours by the other's, as in the table. */
export function timesAsFast(times: number, ratio: number): Row["goal"] {
  return { text: `${times}x as fast`, met: 1 / ratio >= times };
}

/** The table and the methods, as Markdown. */
export function markdown(findings: ReadonlyMap<string, Findings>): string {
  const header = ["metric", "value", "compared with", "ratio", "goal", "met"];
  const lines = [...findings.values()].flatMap(({ rows }) => rows).map(cells);
  const methods = [...findings].map(([name, { method }]) => `- **${name}**: ${method.replaceAll("\n", " ")}`);
  return [header, header.map(() => "---"), ...lines]
    .map((line) => `| ${line.join(" | ")} |`)
    .concat("", ...methods)
    .join("\n");
}

function cells({ metric, value, comparedWith, ratio, goal }: Row): string[] {
  return [
    metric,
    value,
    comparedWith ?? "",
    ratio === undefined ? "" : `${ratio.toFixed(2)}x`,
    goal?.text ?? "",
    goal === undefined ? "" : goal.met ? "yes" : "**no**",
  ];
}

const loads: number[] = [];

/** Tells what goes on, on standard error: standard output is the report's alone. Notes the machine's load as it goes. */
export function progress(line: string): void {
  const [load] = loadavg();
  loads.push(load);
  process.stderr.write(`[load ${load.toFixed(1)}] ${line}\n`);
}

/** The range of the machine's load while benchmarks ran. */
export function loadRange(): readonly [least: number, most: number] {
  return [Math.min(...loads), Math.max(...loads)];
}
