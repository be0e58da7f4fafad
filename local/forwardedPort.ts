import { createServer, type Socket } from "node:net";
import { type KubeConfig, PortForward } from "@kubernetes/client-node";

/**
 * Lends a port of a pod, be it on the pod's loopback only, as an origin of this machine. Connections that are open when `use` is done go on
 * to their end; no new ones are taken.
 */
export async function withForwardedPort<T>(
  config: KubeConfig,
  pod: { readonly namespace: string; readonly name: string; readonly port: number },
  use: (origin: string) => Promise<T>,
): Promise<T> {
  const forward = new PortForward(config);
  const connect = async (socket: Socket) => {
    socket.on("error", () => socket.destroy());
    try {
      const tunnel = await forward.portForward(pod.namespace, pod.name, [pod.port], socket, null, socket);
      if (typeof tunnel !== "function") tunnel.on("close", () => socket.end());
    } catch {
      socket.destroy();
    }
  };
  const server = createServer((socket) => void connect(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the forwarded port has no number");
    return await use(`http://127.0.0.1:${address.port}`);
  } finally {
    server.close();
  }
}
