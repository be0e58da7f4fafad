import { createRequire } from "node:module";
import { join } from "node:path";
import type { handleUnaryCall, ServerWritableStream, UntypedServiceImplementation } from "@grpc/grpc-js";
import * as proto from "@pulumi/pulumi/proto/language_pb";
import { PackageDependency, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { statusOf } from "../protocol/status";
import { packageManager, startInstall } from "./install";
import { programDependencies, pulumiPackages } from "./packages";
import { runPlugin } from "./plugin";
import { runProgram } from "./program";
import { ended, failure } from "./runner";
import { runtimeOptions } from "./runtimeOptions";

/**
 * The methods of Pulumi's nodejs language host that running, previewing and installing a program needs. Code generation (`pulumi convert`,
 * `pulumi package`) is answered as not implemented.
 */
export function languageHandlers(engineAddress: string, version: string): UntypedServiceImplementation {
  const cancelled = new AbortController();
  let engine = engineAddress;

  return {
    handshake: unary(async (request: proto.LanguageHandshakeRequest) => {
      engine = request.getEngineAddress();
      return new proto.LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(async () => new PluginInfo().setVersion(version)),
    getRequiredPackages: unary(async (request: proto.GetRequiredPackagesRequest) => {
      const packages = pulumiPackages(directoryOf(request)).map(({ name, version, server }) =>
        new PackageDependency().setKind("resource").setName(name).setVersion(version).setServer(server),
      );
      return new proto.GetRequiredPackagesResponse().setPackagesList(packages);
    }),
    getProgramDependencies: unary(async (request: proto.GetProgramDependenciesRequest) => {
      const dependencies = programDependencies(directoryOf(request), request.getTransitivedependencies());
      return new proto.GetProgramDependenciesResponse().setDependenciesList(
        dependencies.map(({ name, version }) => new proto.DependencyInfo().setName(name).setVersion(version)),
      );
    }),
    about: unary(async (request: proto.AboutRequest) => about(request)),
    run: unary((request: proto.RunRequest, signal) =>
      runProgram(request, engine, AbortSignal.any([cancelled.signal, signal])),
    ),
    runPlugin: async (call: ServerWritableStream<proto.RunPluginRequest, proto.RunPluginResponse>) => {
      const signal = AbortSignal.any([cancelled.signal, abandonment(call)]);
      try {
        const code = await runPlugin(call.request, call, signal);
        call.write(new proto.RunPluginResponse().setExitcode(code));
        call.end();
      } catch (error) {
        call.emit("error", statusOf(error));
      }
    },
    installDependencies: async (
      call: ServerWritableStream<proto.InstallDependenciesRequest, proto.InstallDependenciesResponse>,
    ) => {
      try {
        const child = startInstall(runtimeOptions(call.request.getInfo()), directoryOf(call.request));
        child.stdout.on("data", (data) => call.write(new proto.InstallDependenciesResponse().setStdout(data)));
        child.stderr.on("data", (data) => call.write(new proto.InstallDependenciesResponse().setStderr(data)));
        const fault = failure(await ended(child));
        if (fault) throw new Error(`the dependencies could not be installed: ${fault}`);
        call.end();
      } catch (error) {
        call.emit("error", statusOf(error));
      }
    },
    cancel: unary(async () => {
      cancelled.abort();
      return new Empty();
    }),
  };
}

function about(request: proto.AboutRequest): proto.AboutResponse {
  const directory = directoryOf(request);
  const response = new proto.AboutResponse().setExecutable(process.execPath).setVersion(process.version);
  response.getMetadataMap().set("packagemanager", packageManager(runtimeOptions(request.getInfo()), directory));
  const typescript = typescriptVersion(directory);
  if (typescript) response.getMetadataMap().set("typescriptVersion", typescript);
  return response;
}

/** The version that the program would be compiled with; undefined if it has none. */
function typescriptVersion(directory: string): string | undefined {
  try {
    const { version } = createRequire(join(directory, "package.json"))("typescript/package.json") as {
      version: string;
    };
    return version;
  } catch {
    return undefined;
  }
}

const directoryOf = (request: { getInfo(): proto.ProgramInfo | undefined }) =>
  request.getInfo()?.getProgramDirectory() ?? process.cwd();

function unary<Request, Response>(
  handle: (request: Request, signal: AbortSignal) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, respond) => {
    handle(call.request, abandonment(call)).then(
      (response) => respond(null, response),
      (error: unknown) => respond(statusOf(error)),
    );
  };
}

/** Aborted when the engine does not wait for the answer any more. */
function abandonment(call: { on(event: "cancelled", listener: () => void): unknown }): AbortSignal {
  const controller = new AbortController();
  call.on("cancelled", () => controller.abort());
  return controller.signal;
}
