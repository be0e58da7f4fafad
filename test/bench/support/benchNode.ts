import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  CoreV1Api,
  KubeConfig,
  type KubernetesObject,
  KubernetesObjectApi,
  PatchStrategy,
  type V1PersistentVolume,
} from "@kubernetes/client-node";
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
    private readonly disk: string,
    private readonly objects: KubernetesObjectApi,
    private readonly core: CoreV1Api,
  ) {}

  /** Starts the node from nothing. */
  static async start(): Promise<BenchNode> {
    await BenchNode.remove();
    await up(nodeName, progress);
    const { kubeconfig, disk } = await status(nodeName);
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    return new BenchNode(config, disk, KubernetesObjectApi.makeApiClient(config), config.makeApiClient(CoreV1Api));
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

  /** Deletes a namespace with all that is in it, and empties the volumes that it used. */
  async deleteNamespace(name: string): Promise<void> {
    await this.core.deleteNamespace({ name }).catch(() => {});
    await waitFor(`namespace ${name} to be gone`, patience, async () => {
      const { items } = await this.core.listNamespace({ fieldSelector: `metadata.name=${name}` });
      return items.length === 0;
    });
    await waitFor(`the volumes of ${name} to be released`, patience, () => this.emptyVolumes());
  }

  /** Empties the volumes whose claims are gone; true once there are no others. */
  private async emptyVolumes(): Promise<boolean> {
    const { items } = await this.core.listPersistentVolume();
    const claimed = items.filter(({ spec }) => spec?.claimRef);
    const released = claimed.filter(({ status }) => status?.phase === "Released");
    await Promise.all(released.map((volume) => this.emptyVolume(volume)));
    return released.length === claimed.length;
  }

  private async emptyVolume({ metadata, spec }: V1PersistentVolume): Promise<void> {
    const path = join(this.disk, "lib", (spec?.local?.path ?? "").slice("/var/lib".length));
    await rm(path, { recursive: true, force: true });
    await mkdir(path);
    const volume = { apiVersion: "v1", kind: "PersistentVolume", metadata, spec: { claimRef: null } };
    await this.objects.patch(
      { ...volume, metadata: { name: metadata?.name } },
      undefined,
      undefined,
      undefined,
      undefined,
      PatchStrategy.MergePatch,
    );
  }
}
