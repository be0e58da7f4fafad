import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { resolveSettings, settingsOfStackFile } from "../components/settings";
import { environment, OperatorError, tools, up } from ".";
import { checkout } from "./paths";
import { Peers } from "./peers";
import { prove } from "./proof";
import { run } from "./run";

const stack = "dev";

/** `npm start`: from a bare machine to a replicated file: the toolchain, a node, `pulumi up` of stack dev, and the proof that it works. */
async function main(): Promise<void> {
  const times: [phase: string, milliseconds: number][] = [];
  const phase = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    console.log(`\n== ${name}`);
    const start = Date.now();
    const result = await work();
    times.push([name, Date.now() - start]);
    return result;
  };

  const built = await phase("Toolchain", () => tools(console.log));
  const { kubeconfig } = await phase("Kubernetes", () => up(undefined, console.log));
  const env = { ...process.env, ...(await environment(undefined, built)) };
  const pulumi = built.programs.pulumi;
  await phase(`pulumi up -s ${stack}`, async () => {
    await stream(pulumi, ["stack", "select", "--create", stack], env);
    // The cluster may have been thrown away since the last time, which only a refresh sees.
    await stream(pulumi, ["up", "--stack", stack, "--yes", "--skip-preview", "--refresh"], env);
  });
  const outputs = JSON.parse(
    await run(pulumi, ["stack", "output", "--json", "--stack", stack], { cwd: checkout, env }),
  );
  await phase("Proof", async () => {
    await prove(await Peers.of(kubeconfig, outputs.namespace), copies(), ({ what, milliseconds }) =>
      console.log(`${seconds(milliseconds)}  ${what}`),
    );
  });

  console.log("\n== Outputs");
  console.log(stringify(outputs, { lineWidth: 0 }).trimEnd());
  console.log("\n== Times");
  for (const [name, milliseconds] of times) console.log(`${seconds(milliseconds)}  ${name}`);
  console.log('\nIt keeps running. For kubectl and pulumi in this shell: eval "$(npm run -s local -- env)"');
  console.log("Stop it: npm run local -- down");
}

/** On how many peers the stack file wants each pin. */
function copies(): number {
  const file = parse(readFileSync(join(checkout, `Pulumi.${stack}.yaml`), "utf8"));
  const { replication, replicas } = resolveSettings(settingsOfStackFile(file), { stack });
  return replication === "everywhere" ? replicas : Math.min(replication.max, replicas);
}

function stream(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(program, args, { cwd: checkout, env, stdio: ["ignore", "inherit", "inherit"] });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => {
      if (code === 0) resolve();
      else reject(new OperatorError(`pulumi ${args.join(" ")} exited with ${code}`));
    });
  });
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1).padStart(7)} s`;
}

main().catch((error: Error) => {
  console.error(error instanceof OperatorError ? error.message : error);
  process.exitCode = 1;
});
