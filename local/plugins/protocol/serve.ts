import type { handleUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import { type PluginAttach, PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { Message } from "google-protobuf";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Engine } from "./engine";
import { engineFromArguments, listen } from "./listen";
import * as messages from "./messages";
import type { Call, ResourceProvider } from "./provider";
import { statusOf, UnimplementedError } from "./status";

/**
 * Serves a provider to the engine that started this process, and returns once it listens. The process ends with the engine.
 *
 * @param about.version the version of the official plugin that this one stands in for.
 */
export async function serve(provider: ResourceProvider, about: { readonly version: string }): Promise<void> {
  await listen(ResourceProviderService, providerHandlers(provider, about.version, engineFromArguments()));
}

/** The provider protocol over a {@link ResourceProvider}. Methods left out here are answered as not implemented by gRPC itself. */
export function providerHandlers(
  provider: ResourceProvider,
  version: string,
  startedBy?: Engine,
): UntypedServiceImplementation {
  const cancelled = new AbortController();
  let engine = startedBy;

  function attach(address: string): void {
    if (address && address !== engine?.address) engine = new Engine(address);
  }

  const unary = <Request extends CallMessage, Response>(
    handle: (request: Request, call: Call) => Promise<Response>,
  ): handleUnaryCall<Request, Response> => {
    return async (grpcCall, respond) => {
      const abandoned = new AbortController();
      grpcCall.on("cancelled", () => abandoned.abort());
      const request = grpcCall.request;
      const signal = AbortSignal.any([cancelled.signal, abandoned.signal]);
      try {
        const response = await handle(request, surroundings(request, signal, engine));
        await engine?.flushed();
        respond(null, response);
      } catch (error) {
        await engine?.flushed();
        respond(statusOf(error));
      }
    };
  };

  return {
    handshake: unary(async (request: proto.ProviderHandshakeRequest) => {
      attach(request.getEngineAddress());
      return new proto.ProviderHandshakeResponse().setAcceptSecrets(true).setSupportsAutonamingConfiguration(true);
    }),
    attach: unary(async (request: PluginAttach) => {
      attach(request.getAddress());
      return new Empty();
    }),
    getPluginInfo: unary(async () => new PluginInfo().setVersion(version)),
    getSchema: unary(async () => {
      throw new UnimplementedError("code generation by this plugin (with pulumi import, add --generate-code=false)");
    }),
    cancel: unary(async () => {
      cancelled.abort();
      return new Empty();
    }),
    checkConfig: unary(async (request: proto.CheckRequest, call) => {
      const { urn, type, name, oldInputs, inputs } = messages.checkRequest(request);
      const result = await provider.checkConfig?.({ urn, type, name, oldInputs, inputs }, call);
      return messages.checkResponse(result ?? { inputs });
    }),
    diffConfig: unary(async (request: proto.DiffRequest, call) => {
      if (!provider.diffConfig) throw new UnimplementedError("DiffConfig");
      return messages.diffResponse(await provider.diffConfig(messages.diffRequest(request), call));
    }),
    configure: unary(async (request: proto.ConfigureRequest, call) => {
      await provider.configure?.(messages.configuration(request), call);
      return new proto.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setSupportsAutonamingConfiguration(true);
    }),
    check: unary(async (request: proto.CheckRequest, call) =>
      messages.checkResponse(await provider.check(messages.checkRequest(request), call)),
    ),
    diff: unary(async (request: proto.DiffRequest, call) =>
      messages.diffResponse(await provider.diff(messages.diffRequest(request), call)),
    ),
    create: unary(async (request: proto.CreateRequest, call) =>
      messages.createResponse(await provider.create(messages.createRequest(request), call)),
    ),
    read: unary(async (request: proto.ReadRequest, call) =>
      messages.readResponse(await provider.read(messages.readRequest(request), call)),
    ),
    update: unary(async (request: proto.UpdateRequest, call) =>
      messages.updateResponse(await provider.update(messages.updateRequest(request), call)),
    ),
    delete: unary(async (request: proto.DeleteRequest, call) => {
      await provider.delete(messages.deleteRequest(request), call);
      return new Empty();
    }),
    invoke: unary(async (request: proto.InvokeRequest, call) => {
      if (!provider.invoke) throw new UnimplementedError(`function ${request.getTok()}`);
      return messages.invokeResponse(await provider.invoke(messages.invokeRequest(request), call));
    }),
  };
}

/** Not every message says these; the protocol has no common base for those that do. */
interface CallMessage extends Pick<Message, "serializeBinary"> {
  getUrn?(): string | undefined;
  getTimeout?(): number;
}

function surroundings(request: CallMessage, signal: AbortSignal, engine: Engine | undefined): Call {
  const urn = request.getUrn?.() ?? "";
  return {
    signal,
    timeoutSeconds: request.getTimeout?.() || undefined,
    log: (severity, message) => engine?.log(urn, severity, message),
    status: (message) => engine?.log(urn, "info", message, true),
  };
}
