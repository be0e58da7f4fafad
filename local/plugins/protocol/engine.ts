import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Severity } from "./provider";

const severities: Record<Severity, LogSeverity> = {
  debug: LogSeverity.DEBUG,
  info: LogSeverity.INFO,
  warning: LogSeverity.WARNING,
  error: LogSeverity.ERROR,
};

/** The engine that started this plugin. */
export class Engine {
  private readonly client: EngineClient;
  private sent: Promise<void> = Promise.resolve();

  /** @param address `host:port`, as the engine gives it on the command line and in the handshake. */
  constructor(readonly address: string) {
    const neverIdle = { "grpc.client_idle_timeout_ms": 2 ** 31 - 1 };
    this.client = new EngineClient(address, grpc.credentials.createInsecure(), neverIdle);
  }

  /** Queues a message for the user; an ephemeral one is a status, shown until the next. */
  log(urn: string, severity: Severity, text: string, ephemeral = false): void {
    const message = new LogRequest()
      .setUrn(urn)
      .setSeverity(severities[severity])
      .setMessage(text)
      .setEphemeral(ephemeral);
    this.sent = this.sent.then(() => this.send(message));
  }

  /** Resolves when every message queued so far has arrived. */
  flushed(): Promise<void> {
    return this.sent;
  }

  /** Calls back once the engine has gone away, so that a plugin does not outlive an engine that was killed. */
  onGone(callback: () => void): void {
    const channel = this.client.getChannel();
    const watch = (): void => {
      const state = channel.getConnectivityState(true);
      if (state === grpc.connectivityState.TRANSIENT_FAILURE) callback();
      else channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, watch);
    };
    watch();
  }

  private send(message: LogRequest): Promise<void> {
    return new Promise((resolve) => {
      this.client.log(message, (error) => {
        if (error) console.error(`the engine did not take a message: ${error.message}`);
        resolve();
      });
    });
  }
}
