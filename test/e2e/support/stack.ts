import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { stringify } from "yaml";
import { environment, tools } from "../../../local";
import { checkout } from "../../../local/paths";
import { Peers } from "../../../local/peers";
import { waitFor } from "../../../local/waitFor";

/** What a command of pulumi printed, and whether it succeeded. */
export interface Result {
  readonly code: number;
  readonly stdout: string;
  /** Standard output and standard error. */
  readonly text: string;
}

export interface Outputs {
  readonly namespace: string;
  readonly replicas: number;
  readonly peers: {
    readonly name: string;
    readonly ipfsId: string;
    readonly clusterId: string;
    readonly ipfsOutside: readonly string[];
  }[];
  readonly caCertificate?: string;
  readonly commands: Readonly<Record<string, string>>;
}

/** A stack of this very program, run by the real engine on a node of the embedded cluster. */
export class Stack {
  private constructor(
    readonly name: string,
    private readonly pulumiProgram: string,
    private readonly directory: string,
    /** The environment in which pulumi, kubectl and helm act on the node. */
    readonly env: Readonly<Record<string, string>>,
  ) {}

  private knownNamespace?: string;

  /** Makes an empty stack on a running node. Its stack file is not the checkout's. */
  static async init(name: string, node: string): Promise<Stack> {
    const built = await tools();
    const directory = await mkdtemp(join(tmpdir(), "ipfs-cluster-e2e-"));
    const env = { ...process.env, ...(await environment(node, built)) } as Record<string, string>;
    const stack = new Stack(name, built.programs.pulumi, directory, env);
    // What an interrupted run left behind, and its lock.
    await stack.pulumi("cancel", "--yes");
    await stack.pulumi("stack", "rm", "--yes", "--force", "--preserve-config");
    await stack.must("stack", "init", name);
    // The encryption salt, which init writes beside Pulumi.yaml whatever it is told.
    const made = join(checkout, `Pulumi.${name}.yaml`);
    await copyFile(made, stack.file);
    await rm(made);
    await stack.configure({ environment: "dev" });
    return stack;
  }

  get kubeconfig(): string {
    return this.env.KUBECONFIG;
  }

  /** The stack file. */
  get file(): string {
    return join(this.directory, `Pulumi.${this.name}.yaml`);
  }

  /** Writes the stack file: plain settings, and secrets encrypted by pulumi itself. */
  async configure(settings: Record<string, unknown>, secrets: Record<string, string> = {}): Promise<void> {
    const salt = await readFile(this.file, "utf8").then(
      (text) => /^encryptionsalt:.*$/m.exec(text)?.[0] ?? "",
      () => "",
    );
    const config = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`ipfs-cluster:${key}`, value]));
    await writeFile(this.file, `${stringify({ config })}${salt}\n`);
    for (const [key, value] of Object.entries(secrets)) {
      await this.must("config", "set", "--secret", `ipfs-cluster:${key}`, "--", value);
    }
  }

  /** Runs pulumi on this stack. */
  pulumi(...args: string[]): Promise<Result> {
    const init = args[0] === "stack" && args[1] === "init";
    const stackArgs = init ? [] : ["--stack", this.name];
    const fileArgs = ["up", "preview", "refresh", "destroy", "config"].includes(args[0])
      ? ["--config-file", this.file]
      : [];
    const separator = args.indexOf("--");
    const [options, rest] = separator < 0 ? [args, []] : [args.slice(0, separator), args.slice(separator)];
    return run(this.pulumiProgram, [...options, ...stackArgs, ...fileArgs, "--non-interactive", ...rest], this.env);
  }

  /** As `pulumi`, but fails the test when pulumi fails. */
  async must(...args: string[]): Promise<string> {
    const { code, text } = await this.pulumi(...args);
    if (code !== 0) throw new Error(`pulumi ${args.join(" ")} failed (${code}):\n${text}`);
    return text;
  }

  up(...args: string[]): Promise<string> {
    return this.must("up", "--yes", "--skip-preview", ...args);
  }

  async outputs(): Promise<Outputs> {
    return JSON.parse(await this.must("stack", "output", "--json"));
  }

  /** The secret output `identity`, in clear. */
  async identity(): Promise<string> {
    return JSON.parse(await this.must("stack", "output", "--json", "--show-secrets")).identity;
  }

  /** The state as it is stored: secrets encrypted. */
  exported(): Promise<string> {
    return this.must("stack", "export");
  }

  /** The namespace of its pods, once there is one. It is asked for once: pulumi can't tell while it writes the state. */
  async namespace(): Promise<string> {
    this.knownNamespace ??= (await this.outputs()).namespace;
    return this.knownNamespace;
  }

  /** The running peers. */
  async peers(): Promise<Peers> {
    return Peers.of(this.kubeconfig, await this.namespace());
  }

  /** kubectl in the stack's namespace; fails the test when it fails. */
  async kubectl(...args: string[]): Promise<string> {
    const { code, stdout, text } = await run("kubectl", ["--namespace", await this.namespace(), ...args], this.env);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} failed (${code}):\n${text}`);
    return stdout;
  }

  /** Runs a shell command as an operator would, in the checkout; returns its standard output. */
  async shell(command: string): Promise<string> {
    const { code, stdout, text } = await run("bash", ["-c", command], this.env);
    if (code !== 0) throw new Error(`${command} failed (${code}):\n${text}`);
    return stdout;
  }

  /** Creates or updates an object of whichever namespace it names. */
  apply(object: object): Promise<string> {
    return this.shell(`kubectl apply -f - <<'END'\n${JSON.stringify(object)}\nEND`);
  }

  /** Starts a shell command that goes on until it is stopped; a command of pulumi may be one on this stack. */
  background(command: string, { ofStack = false } = {}): Background {
    const options = ofStack ? ` --stack ${this.name} --config-file ${this.file}` : "";
    const child = spawn("bash", ["-c", `exec ${command}${options}`], {
      cwd: checkout,
      env: this.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new Background(child);
  }

  /** Ends it with all its data, past pulumi: faster, and possible in whatever state a test left it. */
  async drop(): Promise<void> {
    const namespace = await this.namespace();
    await this.shell(`kubectl delete namespace ${namespace} --wait=false`);
    // Nobody is there any more to whom they would say goodbye.
    await this.kubectl("delete", "pods", "--all", "--grace-period=1", "--wait=false");
    await this.shell(`kubectl wait --for=delete namespace/${namespace} --timeout=180s`);
    await this.remove();
  }

  /** Removes the stack from the backend, whatever it still holds, and its stack file. */
  async remove(): Promise<void> {
    await this.pulumi("stack", "rm", "--yes", "--force", "--preserve-config");
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** A command that runs beside the test. */
export class Background {
  private output = "";

  constructor(private readonly child: ChildProcessByStdio<null, Readable, Readable>) {
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (this.output += chunk));
  }

  /** Waits until it has printed something. */
  async printed(pattern: RegExp): Promise<void> {
    await waitFor(`a command to print ${pattern}; it printed ${JSON.stringify(this.output)}`, 30, async () =>
      pattern.test(this.output),
    );
  }

  /** Ends it with a signal and waits until it has. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill(signal);
    await ended;
  }
}

function run(program: string, args: string[], env: Readonly<Record<string, string>>): Promise<Result> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: checkout, env, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const code = typeof error?.code === "number" ? error.code : error ? 1 : 0;
      resolve({ code, stdout, text: stdout + stderr });
    });
  });
}
