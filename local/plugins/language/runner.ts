import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** How long an interrupted program may take to end by itself. */
const graceMilliseconds = 5000;

/** The SDK's own entry points, which prepare the runtime and then load a program, a policy pack or a provider. */
export type Runner = "run" | "run-policy-pack" | "run-plugin";

/**
 * Finds a runner in the SDK that the program itself uses.
 *
 * @throws Error if the program's dependencies are not installed.
 */
export function locate(runner: Runner, programDirectory: string): string {
  try {
    return createRequire(join(programDirectory, "package.json")).resolve(`@pulumi/pulumi/cmd/${runner}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new Error(
      `It looks like the Pulumi SDK has not been installed in ${programDirectory}. Have you run pulumi install?`,
    );
  }
}

export interface NodeCommand {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Default: where the engine started this process. */
  readonly cwd?: string;
}

/** A process whose output is read here and which reads nothing. */
export type Started = ChildProcessByStdio<null, Readable, Readable>;

/**
 * Starts node with its output piped. Aborting the signal interrupts it, and kills it if it does not listen; nor does it outlive this
 * process.
 */
export function startNode({ args, env, cwd }: NodeCommand, signal: AbortSignal): Started {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => child.kill("SIGKILL");
  const interrupt = () => {
    child.kill("SIGINT");
    const timer = setTimeout(kill, graceMilliseconds);
    child.once("exit", () => clearTimeout(timer));
  };
  signal.addEventListener("abort", interrupt);
  process.once("exit", kill);
  child.once("exit", () => {
    signal.removeEventListener("abort", interrupt);
    process.removeListener("exit", kill);
  });
  if (signal.aborted) interrupt();
  return child;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Resolves when the process has ended and all it wrote was read. @throws Error if it could not be started. */
export function ended(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

/** What went wrong, in the words of the official language host; undefined if nothing did. */
export function failure({ code, signal }: Exit): string | undefined {
  if (code === 0) return undefined;
  return code === null ? `Program exited unexpectedly: ${signal}` : `Program exited with non-zero exit code: ${code}`;
}
