import { readFileSync } from "node:fs";
import { get } from "node:https";
import type { KubernetesObject, KubernetesObjectApi, V1Node } from "@kubernetes/client-node";
import { apiServerUrl, authorityFile } from "./certificates";
import type { NodeLayout } from "./layout";

/**
 * Whether the node's API server is ready to serve.
 *
 * @throws while it cannot be reached.
 */
export function isServing(layout: NodeLayout): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const request = get(
      `${apiServerUrl(layout)}/readyz`,
      { ca: readFileSync(authorityFile(layout)), timeout: 2000 },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    request.once("timeout", () => request.destroy(new Error("no answer")));
    request.once("error", reject);
  });
}

/** The node's API server, as its administrator. */
export class ApiServer {
  private constructor(private readonly objects: KubernetesObjectApi) {}

  /** Does not connect yet. The client library is loaded here, as it takes a while and most commands do without. */
  static async of({ kubeconfig }: NodeLayout): Promise<ApiServer> {
    const { KubeConfig, KubernetesObjectApi } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    return new ApiServer(KubernetesObjectApi.makeApiClient(config));
  }

  /** Makes an object what it should be, whether or not it exists. */
  async apply(object: KubernetesObject): Promise<void> {
    const { PatchStrategy } = await import("@kubernetes/client-node");
    await this.objects.patch(object, undefined, undefined, "local", true, PatchStrategy.ServerSideApply);
  }

  /** Removes an object at once, without waiting for anybody. */
  async delete(object: KubernetesObject): Promise<void> {
    await this.objects.delete(object, undefined, undefined, 0);
  }

  async list<T extends KubernetesObject>(apiVersion: string, kind: string): Promise<T[]> {
    return (await this.objects.list<T>(apiVersion, kind)).items;
  }

  /** The moment at which the kubelet last said that the node is ready, if it is. */
  async readySince(name: string): Promise<Date | undefined> {
    const node = await this.objects.read<V1Node>({ apiVersion: "v1", kind: "Node", metadata: { name } });
    const ready = node.status?.conditions?.find(({ type }) => type === "Ready");
    return ready?.status === "True" ? ready.lastHeartbeatTime : undefined;
  }
}
