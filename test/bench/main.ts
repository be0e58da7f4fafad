import { cpus } from "node:os";
import { OperatorError } from "../../local";
import { adding } from "./adding";
import { firstCid } from "./firstCid";
import { preview } from "./preview";
import { programStart } from "./programStart";
import { BenchNode } from "./support/benchNode";
import { type Findings, loadRange, markdown, progress } from "./support/report";

type Benchmark = (node: BenchNode) => Promise<Findings>;

/** In the order of running. */
const benchmarks: Readonly<Record<string, Benchmark>> = {
  "first-cid": firstCid,
  "program-start": programStart,
  adding,
  preview,
};

/** `npm run bench [-- name ...]`: runs the named benchmarks, or all, on a node of their own, and prints what they found as Markdown. */
async function main(names: readonly string[]): Promise<void> {
  const unknown = names.filter((name) => !(name in benchmarks));
  if (unknown.length > 0) {
    throw new OperatorError(
      `There is no benchmark ${unknown.join(", ")}; there are ${Object.keys(benchmarks).join(", ")}`,
    );
  }
  const wanted = names.length > 0 ? names : Object.keys(benchmarks);
  const findings = new Map<string, Findings>();
  const node = await BenchNode.start();
  try {
    for (const name of wanted) {
      progress(`== ${name}`);
      findings.set(name, await benchmarks[name](node));
    }
  } finally {
    await BenchNode.remove();
  }
  const [least, most] = loadRange();
  console.log(markdown(findings));
  console.log(
    `\nMeasured on ${cpus().length} cores with a load average between ${least.toFixed(1)} and ${most.toFixed(1)}.`,
  );
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error instanceof OperatorError ? error.message : error);
  process.exitCode = 1;
});
