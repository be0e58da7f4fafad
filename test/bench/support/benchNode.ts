import { CoreV1Api, KubeConfig, type KubernetesObject, KubernetesObjectApi } from "@kubernetes/client-node";
import { down, status, up } from "../../../local";
import { waitFor } from "../../../local/waitFor";
import { progress } from "./report";

/** The embedded node that benchmarks have to themselves. */
export const nodeName = "bench";

/** The longest that anything is waited for, in seconds: a run ends. */
export const patience = 120;

/** A running node with nothing on it but what a benchmark puts there. */
export class BenchNode {
  private constructor(
    readonly config: KubeConfig,
    private readonly objects: KubernetesObjectApi,
    private readonly core: CoreV1Api,
  ) {}

  /** Starts the node from nothing. */
  static async start(): Promise<BenchNode> {
    await BenchNode.remove();
    await up(nodeName, progress);
    const { kubeconfig } = await status(nodeName);
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    return new BenchNode(config, KubernetesObjectApi.makeApiClient(config), config.makeApiClient(CoreV1Api));
  }

  static remove(): Promise<void> {
    return down(nodeName, { deleteData: true }, progress);
  }

  /** Creates a namespace and waits until pods can be made in it. */
  async createNamespace(namespace: KubernetesObject): Promise<void> {
    const name = namespace.metadata?.name ?? "";
    await this.objects.create(namespace);
    await waitFor(
      `the default service account of ${name}`,
      patience,
      () => this.core.readNamespacedServiceAccount({ namespace: name, name: "default" }),
      50,
    );
  }

  /** Creates objects: StatefulSets when everything that their pods use is there, the rest all at once. */
  async create(objects: readonly KubernetesObject[]): Promise<void> {
    const isSet = ({ kind }: KubernetesObject) => kind === "StatefulSet";
    await Promise.all(objects.filter((object) => !isSet(object)).map((object) => this.objects.create(object)));
    await Promise.all(objects.filter(isSet).map((object) => this.objects.create(object)));
  }

  /** Deletes all pods of a namespace at once, each with its own grace period. */
  async deletePods(namespace: string): Promise<void> {
    await this.core.deleteCollectionNamespacedPod({ namespace });
  }

  /** Deletes a namespace with all that is in it, and waits until its volumes are gone too. */
  async deleteNamespace(name: string): Promise<void> {
    await this.core.deleteNamespace({ name });
    await waitFor(`namespace ${name} and its volumes to be gone`, patience, async () => {
      const namespaces = await this.core.listNamespace({ fieldSelector: `metadata.name=${name}` });
      const volumes = await this.core.listPersistentVolume();
      return namespaces.items.length === 0 && volumes.items.every(({ spec }) => spec?.claimRef?.namespace !== name);
    });
  }
}
