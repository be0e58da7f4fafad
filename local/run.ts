import { type SpawnOptions, spawn } from "node:child_process";

export interface RunOptions {
  /** Bytes for standard input; none by default. */
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Is called with each line of standard error as it comes. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a program to its end and returns its standard output.
 *
 * @throws when it cannot be started or exits with anything but 0; the message ends with the last lines of its standard error.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { input, cwd, env, onLine } = options;
  const spawned: SpawnOptions = { cwd, env, stdio: ["pipe", "pipe", "pipe"] };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, spawned);
    let output = "";
    const errors: string[] = [];
    let rest = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines.filter(Boolean)) {
        errors.push(line);
        if (errors.length > errorLines) errors.shift();
        onLine?.(line);
      }
    });
    // A program that ends without reading its input is judged by its exit code.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
    child.on("error", (error) => reject(new Error(`${program}: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(output);
      const how = signal ? `was ended by ${signal}` : `exited with ${code}`;
      reject(new Error([`${program} ${args[0] ?? ""} ${how}`, ...errors, rest].filter(Boolean).join("\n")));
    });
  });
}

const errorLines = 30;
