import type { ServerWritableStream } from "@grpc/grpc-js";
import { type RunPluginRequest, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb";
import { PolicyPackProxy } from "./policyPack";
import { ended, locate, startNode } from "./runner";
import { environmentOf, runtimeOptions } from "./runtimeOptions";

type Output = Pick<ServerWritableStream<RunPluginRequest, RunPluginResponse>, "write">;

/** Runs a plugin that is written for this runtime, streaming its output, until it ends. @returns its exit code. */
export function runPlugin(request: RunPluginRequest, output: Output, signal: AbortSignal): Promise<number> {
  return request.getKind() === "analyzer" ? runPolicyPack(request, output, signal) : runOther(request, output, signal);
}

/** A policy pack runs in its own folder and gets that folder as its last argument. */
async function runPolicyPack(request: RunPluginRequest, output: Output, signal: AbortSignal): Promise<number> {
  const directory = directoryOf(request);
  const runner = locate("run-policy-pack", directory);
  const proxy = new PolicyPackProxy();
  const close = () => proxy.close("the policy pack is not running");
  signal.addEventListener("abort", close);
  try {
    stdout(output, `${await proxy.listen()}\n`);
    const env = { ...environment(request), ...(await proxy.environment()) };
    const child = startNode({ args: [runner, ...request.getArgsList(), directory], env, cwd: directory }, signal);
    child.stderr.on("data", (data: Buffer) => stderr(output, data));
    const exit = ended(child);
    for await (const line of await proxy.attach(child.stdout)) stdout(output, `${line}\n`);
    return exitCode(await exit);
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

/** Providers and the like run where the engine runs and get their folder as the first argument. */
async function runOther(request: RunPluginRequest, output: Output, signal: AbortSignal): Promise<number> {
  const directory = directoryOf(request);
  const { nodeargs } = runtimeOptions(request.getInfo());
  const args = [locate("run-plugin", directory), ...nodeargs, directory, ...request.getArgsList()];
  const child = startNode({ args, env: environment(request), cwd: request.getPwd() }, signal);
  child.stdout.on("data", (data: Buffer) => stdout(output, data));
  child.stderr.on("data", (data: Buffer) => stderr(output, data));
  return exitCode(await ended(child));
}

const directoryOf = (request: RunPluginRequest) => request.getInfo()?.getProgramDirectory() ?? request.getProgram();

/** The engine sends the whole environment, so none of ours is added. */
function environment(request: RunPluginRequest): NodeJS.ProcessEnv {
  const variables = request.getEnvList().map((entry) => {
    const equals = entry.indexOf("=");
    return [entry.slice(0, equals), entry.slice(equals + 1)];
  });
  return { ...Object.fromEntries(variables), ...environmentOf(runtimeOptions(request.getInfo())) };
}

const stdout = (output: Output, data: string | Buffer) =>
  output.write(new RunPluginResponse().setStdout(Buffer.from(data)));
const stderr = (output: Output, data: Buffer) => output.write(new RunPluginResponse().setStderr(data));

/** As a shell would put it, a process that a signal ended has the code 128 and more. */
const exitCode = ({ code }: { code: number | null }) => code ?? 128;
