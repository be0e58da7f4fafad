import * as grpc from "@grpc/grpc-js";
import { containerdSocket } from "./configuration";
import type { NodeLayout } from "./layout";
import { pathInSandbox } from "./sandbox";

/** Whether a node's containerd serves a kubelet, asked as one asks it: its socket is there earlier, and a kubelet that finds it so ends. */
export function servesKubelet(layout: NodeLayout): Promise<boolean> {
  const socket = `unix://${pathInSandbox(layout, containerdSocket)}`;
  // Other than by default, nothing is remembered of an attempt.
  const client = new grpc.Client(socket, grpc.credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  const asItIs = (bytes: Buffer) => bytes;
  const options = { deadline: Date.now() + 1_000 };
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      "/runtime.v1.RuntimeService/Version",
      asItIs,
      asItIs,
      Buffer.alloc(0),
      new grpc.Metadata(),
      options,
      (error) => {
        client.close();
        resolve(error === null);
      },
    );
  });
}
