import { cpus } from "node:os";
import { OperatorError } from "../../local";
import { locked } from "../../local/lock";
import { checkoutId } from "../../local/paths";
import { adding } from "./adding";
import { firstCid } from "./firstCid";
import { preview } from "./preview";
import { programStart } from "./programStart";
import { coldAndWarmStart } from "./start";
import { BenchNode } from "./support/benchNode";
import { type Findings, loadRange, markdown, progress } from "./support/report";

/** Called with what starts the benchmarks' node, or returns it if it runs. */
type Benchmark = (node: () => Promise<BenchNode>) => Promise<Findings>;

/** In the order of running. */
const benchmarks: Readonly<Record<string, Benchmark>> = {
  "program-start": programStart,
  "first-cid": async (node) => firstCid(await node()),
  adding: async (node) => adding(await node()),
  preview: async (node) => preview(await node()),
};

/** These take many minutes, so they run only when they are named. */
const longBenchmarks: Readonly<Record<string, Benchmark>> = { "start-cold": coldAndWarmStart };

/** `npm run bench [-- name ...]`: runs the named benchmarks, or all that are not long, and prints what they found as Markdown. */
async function main(names: readonly string[]): Promise<void> {
  const all = { ...benchmarks, ...longBenchmarks };
  const unknown = names.filter((name) => !(name in all));
  if (unknown.length > 0) {
    throw new OperatorError(`There is no benchmark ${unknown.join(", ")}; there are ${Object.keys(all).join(", ")}`);
  }
  const findings = new Map<string, Findings>();
  let started: Promise<BenchNode> | undefined;
  const node = () => {
    started ??= BenchNode.start();
    return started;
  };
  try {
    for (const name of names.length > 0 ? names : Object.keys(benchmarks)) {
      progress(`== ${name}`);
      findings.set(name, await all[name](node));
    }
  } finally {
    // What was found before a failure took long to find.
    if (findings.size > 0) print(findings);
    if (started) await BenchNode.remove();
  }
}

function print(findings: ReadonlyMap<string, Findings>): void {
  const [least, most] = loadRange().map((load) => load.toFixed(1));
  const machine = `${cpus().length} cores with a load average between ${least} and ${most}, the benchmarks' own included`;
  console.log(`${markdown(findings)}\n\nMeasured on ${machine}.`);
}

// Two at a time would measure each other, on the same node.
locked(
  `bench-${checkoutId}`,
  () => main(process.argv.slice(2)),
  () => progress("waiting for another run of the benchmarks to end"),
).catch((error: Error) => {
  console.error(error instanceof OperatorError ? error.message : error);
  process.exitCode = 1;
});
