import { join } from "node:path";
import { checkout } from "../../../local/paths";
import { run } from "../../../local/run";
import { atMost, type Findings, progress, type Row } from "../support/report";
import { inSeconds, summarise, timed } from "../support/statistics";

const rounds = 10;
const limit = 1.25;

const engine = join(__dirname, "engine.js");
const runner = require.resolve("@pulumi/pulumi/cmd/run");

interface Program {
  readonly name: string;
  readonly path: string;
  /** Milliseconds of processor time, by round. */
  readonly cpu: number[];
  /** Milliseconds, by round. */
  readonly wall: number[];
}

/** How long the program takes to start, against the bare import of the same SDKs. */
export async function programStart(): Promise<Findings> {
  const program = (name: string, path: string): Program => ({ name, path, cpu: [], wall: [] });
  const bare = program("bare import of the same SDKs", join(__dirname, "bare.ts"));
  const loaded = program("program start: loaded", join(__dirname, "loaded.ts"));
  const whole = program(
    "program start: loaded, and all resources of 3 new peers registered",
    join(checkout, "index.ts"),
  );
  // The first of each only warms the file system's cache.
  for (let round = 0; round <= rounds; round++) {
    for (const { path, cpu, wall } of [bare, loaded, whole]) {
      const times = await start(path);
      if (round === 0) continue;
      cpu.push(times.cpu);
      wall.push(times.wall);
    }
  }
  for (const one of [bare, loaded, whole]) progress(`${one.name}: ${timesOf(one)}`);
  return { rows: [against(bare, loaded, limit), against(bare, whole)], method };
}

function against(bare: Program, program: Program, most?: number): Row {
  const ratio = summarise(program.cpu).median / summarise(bare.cpu).median;
  return {
    metric: program.name,
    value: timesOf(program),
    comparedWith: `${bare.name}: ${timesOf(bare)}`,
    ratio,
    goal: most === undefined ? undefined : atMost(most, ratio),
  };
}

function timesOf({ cpu, wall }: Program): string {
  return `CPU ${inSeconds(summarise(cpu))}, wall ${inSeconds(summarise(wall))}`;
}

/** Runs a program as Pulumi does, in a preview. */
async function start(path: string): Promise<{ cpu: number; wall: number }> {
  const about = { organization: "organization", project: "ipfs-cluster", stack: "bench", monitor: "none" };
  const flags = Object.entries(about).map(([name, value]) => `--${name}=${value}`);
  const env = {
    ...process.env,
    PULUMI_NODEJS_TYPESCRIPT: "true",
    PULUMI_CONFIG: JSON.stringify({ "ipfs-cluster:environment": "dev" }),
  };
  let microseconds = "";
  const wall = await timed(async () => {
    const args = ["--require", engine, runner, ...flags, "--dry-run", path];
    microseconds = await run(process.execPath, args, { cwd: checkout, env });
  });
  return { cpu: Number(microseconds) / 1000, wall };
}

const method = `processor time (user and system) and time of a node process from spawn to exit, in which \`@pulumi/pulumi\`'s own runner
(cmd/run: ts-node without type check, this tsconfig) runs a preview against a monitor in the same process that answers at once. The ratio is that of processor
times, as the machine is shared. *bare* only imports @pulumi/pulumi, kubernetes, random and tls. ${rounds} rounds, alternating, after one to
warm up; medians.`;
