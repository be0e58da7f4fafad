import { spawn } from "node:child_process";
import { defaultNode, down, environment, type NodeStatus, OperatorError, status, tools, up } from ".";

const usage = `npm run local -- [--node NAME] COMMAND

  up                    start the node (default: ${defaultNode}), or bring it back with its data
  down [--delete-data]  stop it; its data stays unless said otherwise
  status                what runs, and where
  env                   the environment of the doors below, for a shell: eval "$(npm run -s local -- env)"
  kubectl ...           the node's kubectl
  pulumi ...            pulumi with the local backend, acting on the node`;

/** Runs a command and returns the exit code. */
async function main(words: readonly string[]): Promise<number> {
  const { node, command, rest } = parse(words);
  switch (command) {
    case "up":
      allow(rest, []);
      print(await up(node));
      return 0;
    case "down":
      allow(rest, ["--delete-data"]);
      await down(node, { deleteData: rest.includes("--delete-data") });
      return 0;
    case "status":
      allow(rest, []);
      print(await status(node));
      return 0;
    case "env":
      allow(rest, []);
      for (const [name, value] of Object.entries(await environment(node))) console.log(`export ${name}='${value}'`);
      return 0;
    case "kubectl":
    case "pulumi": {
      const built = await tools();
      return through(built.programs[command], rest, await environment(node, built));
    }
    default:
      throw new OperatorError(command ? `There is no command "${command}".\n\n${usage}` : usage);
  }
}

interface Words {
  readonly node: string;
  readonly command: string | undefined;
  readonly rest: readonly string[];
}

/** What follows a door's name is the door's alone; for the other commands the node may be named after the command too. */
function parse(words: readonly string[]): Words {
  const [word, ...rest] = words;
  if (word === "--node") {
    const [node, ...more] = rest;
    if (!node) throw new OperatorError(`--node needs a name.\n\n${usage}`);
    return { ...parse(more), node };
  }
  const isDoor = word === "kubectl" || word === "pulumi";
  const at = isDoor ? -1 : rest.indexOf("--node");
  if (at < 0) return { node: defaultNode, command: word, rest };
  return { node: rest[at + 1] ?? "", command: word, rest: rest.toSpliced(at, 2) };
}

function allow(rest: readonly string[], options: readonly string[]): void {
  const unknown = rest.find((word) => !options.includes(word));
  if (unknown !== undefined) throw new OperatorError(`There is no option "${unknown}" here.\n\n${usage}`);
}

function print({ node, state, address, podRange, kubeconfig, disk, components }: NodeStatus): void {
  console.log(`node ${node}: ${state}`);
  if (address) {
    console.log(`  address     ${address} (API server, node ports), pods ${podRange}`);
    console.log(`  kubeconfig  ${kubeconfig}`);
  }
  console.log(`  disk        ${disk}`);
  if (state !== "broken") return;
  const dead = [...components].filter(([, running]) => !running).map(([name]) => name);
  console.log(
    `  not running: ${dead.join(", ") || "none, but it never became ready"}; npm run local -- up --node ${node} repairs it`,
  );
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

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error instanceof OperatorError ? error.message : error);
    process.exitCode = 1;
  },
);
