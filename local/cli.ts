import { spawn } from "node:child_process";
import {
  addIngress,
  clusterEnvironment,
  down,
  environment,
  type Ingress,
  type NodeStatus,
  OperatorError,
  status,
  stopWorker,
  tools,
  up,
} from ".";
import { parseCommand } from "./commandLine";

/** Runs a command and returns the exit code. */
async function main(words: readonly string[]): Promise<number> {
  const command = parseCommand(words);
  const { node } = command;
  switch (command.name) {
    case "up":
      print(await up(node, undefined, command));
      if (command.ingress) printIngress(await addIngress(node));
      return 0;
    case "down":
      if (command.worker) await stopWorker(command.worker, node);
      else await down(node, command);
      return 0;
    case "status":
      print(await status(node));
      return 0;
    case "env":
      for (const [name, value] of Object.entries(await environment(node)))
        console.log(`export ${name}=${quoted(value)}`);
      return 0;
    case "kubectl": {
      const found = await status(node);
      if (found.state === "stopped") {
        throw new OperatorError(`Node ${found.node} is not up. Start it: npm run local -- up --node ${found.node}`);
      }
      const { programs } = await tools();
      return through(programs.kubectl, command.args, clusterEnvironment(node));
    }
    case "pulumi": {
      const built = await tools();
      return through(built.programs.pulumi, command.args, await environment(node, built));
    }
  }
}

function print(found: NodeStatus): void {
  const { node, state, address, podRange, loadBalancerRange, kubeconfig, disk, workers } = found;
  console.log(`node ${node}: ${state}`);
  if (address) {
    console.log(
      `  address     ${address} (API server, node ports), pods ${podRange}, load balancers ${loadBalancerRange}`,
    );
    console.log(`  kubeconfig  ${kubeconfig}`);
  }
  for (const { name, state, address, podRange } of workers) {
    console.log(`  worker      ${name}: ${state}, ${address}, pods ${podRange}`);
  }
  console.log(`  disk        ${disk}`);
  if (state !== "broken") return;
  const faults = [{ name: node, components: found.components }, ...workers].flatMap(({ name, components }) => {
    const ended = [...components].filter(([, running]) => !running).map(([component]) => component);
    return ended.length > 0 ? [`not running on ${name}: ${ended.join(", ")}`] : [];
  });
  const fault = faults.join("; ") || "it never became ready";
  console.log(`  ${fault}; npm run local -- up --node ${node} repairs it`);
}

/** Hands over to a program: its input, output, signals and exit code are ours. */
function through(program: string, args: readonly string[], env: Record<string, string>): Promise<number> {
  const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, ...env } });
  // The terminal sends an interrupt to both; the program decides what it means.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

function printIngress({ address, ingressClass, gatewayClass }: Ingress): void {
  console.log(`  ingress     ${address}: ingressClassName ${ingressClass}, gatewayClassName ${gatewayClass}`);
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error instanceof OperatorError ? error.message : error);
    process.exitCode = 1;
  },
);
