import { type RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb";
import { ended, failure, locate, startNode } from "./runner";
import { environmentOf, type RuntimeOptions, runtimeOptions } from "./runtimeOptions";

/** The SDK ends a program with this code when it has already told the user what is wrong. */
const bailed = 32;

/** Runs the program of a stack to its end. What it prints goes to our own output, which the engine shows. */
export async function runProgram(
  request: RunRequest,
  engineAddress: string,
  signal: AbortSignal,
): Promise<RunResponse> {
  const program = request.getInfo();
  const directory = program?.getProgramDirectory() ?? request.getPwd();
  if (request.getAttachDebugger()) {
    throw new Error(
      "the local language host attaches no debugger; set `nodeargs: --inspect-brk` in runtime.options of Pulumi.yaml",
    );
  }
  const options = runtimeOptions(program);
  const args = [...options.nodeargs, locate("run", directory), ...runnerArguments(request, engineAddress, directory)];
  const child = startNode({ args, env: environment(request, options) }, signal);
  child.stdout.pipe(process.stdout, { end: false });
  child.stderr.pipe(process.stderr, { end: false });
  const exit = await ended(child);
  if (exit.code === bailed) return new RunResponse().setBail(true);
  return new RunResponse().setError(failure(exit) ?? "");
}

function runnerArguments(request: RunRequest, engineAddress: string, directory: string): string[] {
  const program = request.getInfo();
  const named: Record<string, string> = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": program?.getRootDirectory() ?? directory,
    stack: request.getStack(),
    pwd: directory,
    parallel: String(request.getParallel()),
  };
  return [
    ...Object.entries(named).flatMap(([name, value]) => (value ? [`--${name}`, value] : [])),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    program?.getEntryPoint() ?? request.getProgram(),
    ...request.getArgsList(),
  ];
}

function environment(request: RunRequest, options: RuntimeOptions): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...environmentOf(options),
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}
