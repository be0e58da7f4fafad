import type { KubernetesObject, KubernetesObjectApi, V1Node } from "@kubernetes/client-node";
import type { NodeLayout } from "./layout";

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

  /** Whether it serves requests; throws while it cannot be reached. */
  async isReady(): Promise<boolean> {
    await this.objects.read({ apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-system" } });
    return true;
  }

  /** Makes an object what it should be, whether or not it exists. */
  async apply(object: KubernetesObject): Promise<void> {
    const { PatchStrategy } = await import("@kubernetes/client-node");
    await this.objects.patch(object, undefined, undefined, "local", true, PatchStrategy.ServerSideApply);
  }

  async create(object: KubernetesObject): Promise<void> {
    await this.objects.create(object);
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
