import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
  AnalyzerHandshakeResponse,
  type AnalyzerStackConfigureRequest,
  AnalyzerStackConfigureResponse,
} from "@pulumi/pulumi/proto/analyzer_pb";

/**
 * Stands between the engine and a policy pack. The engine connects first and then tells which stack it is about; the pack wants to know that
 * from its environment when it starts. So this answers the first two calls itself, has the pack started, and passes on everything else.
 */
export class PolicyPackProxy {
  private readonly server = new grpc.Server();
  private readonly stack = deferred<AnalyzerStackConfigureRequest | undefined>();
  private readonly pack = deferred<grpc.Client>();

  /** Starts to listen. @returns the port to tell the engine. */
  listen(): Promise<number> {
    this.server.addService(AnalyzerService, this.handlers());
    return new Promise((resolve, reject) => {
      this.server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
    });
  }

  /** The environment variables that tell a pack about its stack; none if the engine is busy with no stack. */
  async environment(): Promise<Record<string, string>> {
    const stack = await this.stack.promise;
    if (!stack) return {};
    return {
      PULUMI_NODEJS_ORGANIZATION: stack.getOrganization(),
      PULUMI_NODEJS_PROJECT: stack.getProject(),
      PULUMI_NODEJS_STACK: stack.getStack(),
      PULUMI_NODEJS_DRY_RUN: String(stack.getDryRun()),
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(stack.getConfigMap().toArray())),
    };
  }

  /** Connects to the pack, whose first line of output is its port. @returns the lines after that. */
  async attach(output: Readable): Promise<AsyncIterable<string>> {
    const lines = createInterface({ input: output })[Symbol.asyncIterator]();
    const first = await lines.next();
    const port = Number(first.value);
    if (first.done || !Number.isInteger(port)) throw new Error("the policy pack ended before it printed its port");
    this.pack.resolve(new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure()));
    return { [Symbol.asyncIterator]: () => lines };
  }

  /** Ends all calls, those that still wait for the pack too. */
  close(reason: string): void {
    this.stack.reject(new Error(reason));
    this.pack.reject(new Error(reason));
    this.server.forceShutdown();
  }

  private handlers(): grpc.UntypedServiceImplementation {
    const forwarded = Object.fromEntries(
      Object.entries(AnalyzerService as grpc.ServiceDefinition).map(([name, method]) => [name, this.forward(method)]),
    );
    return {
      ...forwarded,
      handshake: (_call: unknown, respond: grpc.sendUnaryData<AnalyzerHandshakeResponse>) => {
        respond(null, new AnalyzerHandshakeResponse());
      },
      configureStack: (
        call: grpc.ServerUnaryCall<AnalyzerStackConfigureRequest, AnalyzerStackConfigureResponse>,
        respond: grpc.sendUnaryData<AnalyzerStackConfigureResponse>,
      ) => {
        this.stack.resolve(call.request);
        respond(null, new AnalyzerStackConfigureResponse());
      },
    };
  }

  /** Some commands, such as publishing a pack, never name a stack: then the first other call has the pack started without one. */
  private forward(method: grpc.MethodDefinition<unknown, unknown>): grpc.handleUnaryCall<unknown, unknown> {
    return ({ request }, respond) => {
      this.stack.resolve(undefined);
      this.pack.promise.then(
        (pack) =>
          pack.makeUnaryRequest(method.path, method.requestSerialize, method.responseDeserialize, request, respond),
        (error: Error) => respond({ code: grpc.status.UNAVAILABLE, details: error.message }),
      );
    };
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: Error): void;
}

function deferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, "promise"> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {}); // whoever waits is told; nobody may be waiting
  return { promise, ...(settle as Omit<Deferred<T>, "promise">) };
}
