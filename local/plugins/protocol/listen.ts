import * as grpc from "@grpc/grpc-js";
import { Engine } from "./engine";

/** The engine's messages may be larger than gRPC's default limit of 4 MiB. */
const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/**
 * Starts the gRPC server of a plugin process the way the engine expects it: on a free loopback port, printed as the first line of stdout.
 * The process ends when the engine interrupts it or is gone.
 */
export async function listen(
  service: grpc.ServiceDefinition,
  handlers: grpc.UntypedServiceImplementation,
): Promise<void> {
  const server = new grpc.Server(unlimited);
  server.addService(service, handlers);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  process.once("SIGINT", () => process.exit(0)); // this way the "exit" listeners run
  process.stdout.write(`${port}\n`);
}

/** The engine that started this process: its address is the last argument, after flags such as `-v=9`. Undefined when started by hand. */
export function engineFromArguments(): Engine | undefined {
  const address = process.argv.slice(2).at(-1);
  if (address === undefined || address.startsWith("-")) return undefined;
  const engine = new Engine(address);
  engine.onGone(() => process.exit(0));
  return engine;
}
