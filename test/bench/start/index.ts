import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkout } from "../../../local/paths";
import { run } from "../../../local/run";
import { type Findings, progress } from "../support/report";
import { timed } from "../support/statistics";

/** `npm start` in a clone of this checkout with nothing built, and again with everything built. */
export async function coldAndWarmStart(): Promise<Findings> {
  const directory = await mkdtemp(join(tmpdir(), "ipfs-cluster-start-"));
  const clone = join(directory, "clone");
  const env = {
    ...process.env,
    IPFS_CLUSTER_LOCAL_CACHE: join(directory, "toolchain"),
    GOCACHE: join(directory, "go-build"),
  };
  const npm = (...args: string[]) => run("npm", args, { cwd: clone, env });
  const remove = () => npm("run", "--silent", "local", "--", "down", "--delete-data");
  const start = async (name: string) => {
    let output = "";
    const took = await timed(async () => {
      output = await npm("start");
    });
    const row = { metric: `npm start, ${name}`, value: `${(took / 1000).toFixed(0)} s: ${phasesIn(output)}` };
    progress(`${row.metric}: ${row.value}`);
    return row;
  };
  try {
    await run("git", ["clone", "--quiet", checkout, clone]);
    await npm("ci");
    try {
      const cold = await start("cold");
      await remove();
      return { rows: [cold, await start("warm, on a node without data")], method };
    } finally {
      await remove();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The phases that `npm start` lists in the end: `Toolchain 612 s, Kubernetes 20 s, ...`. */
function phasesIn(output: string): string {
  const [, times = ""] = output.split("== Times\n");
  const phases = [...times.matchAll(/^ *([\d.]+) s {2}(.+)$/gm)];
  if (phases.length === 0) throw new Error(`npm start listed no times:\n${output.slice(-2000)}`);
  return phases.map(([, seconds, phase]) => `${phase} ${seconds} s`).join(", ");
}

const method = `once, in a clone of the last commit after \`npm ci\`, which is not counted. *Cold*: without toolchain, images and Go build cache, but with the
downloaded Go modules. *Warm*: with toolchain and images, after the node and its data were removed.`;
