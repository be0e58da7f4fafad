import { CoreV1Api, type Informer, type KubeConfig, makeInformer, type V1Pod } from "@kubernetes/client-node";

/** A pod that has an address. */
interface LivePod {
  readonly uid: string;
  readonly address: string;
}

/** The addresses of a namespace's pods as they come and go, without asking again and again: the machine is needed for what is measured. */
export class PodWatch {
  private readonly pods = new Map<string, LivePod>();
  private retired = new Set<string>();

  private constructor(private readonly informer: Informer<V1Pod>) {
    for (const event of ["add", "update"] as const) informer.on(event, (pod) => this.note(pod));
    informer.on("delete", (pod) => this.forget(pod));
  }

  static async start(config: KubeConfig, namespace: string): Promise<PodWatch> {
    const core = config.makeApiClient(CoreV1Api);
    const watch = new PodWatch(
      makeInformer(config, `/api/v1/namespaces/${namespace}/pods`, () => core.listNamespacedPod({ namespace })),
    );
    await watch.informer.start();
    return watch;
  }

  async stop(): Promise<void> {
    await this.informer.stop();
  }

  /** A pod's address, if it has one yet. */
  address(pod: string): string | undefined {
    return this.pods.get(pod)?.address;
  }

  /** From now on only pods count that are not there yet. */
  expectNewPods(): void {
    this.retired = new Set([...this.retired, ...[...this.pods.values()].map(({ uid }) => uid)]);
    this.pods.clear();
  }

  private note({ metadata, status }: V1Pod): void {
    const { name = "", uid = "", deletionTimestamp } = metadata ?? {};
    if (deletionTimestamp || this.retired.has(uid) || !status?.podIP) return;
    this.pods.set(name, { uid, address: status.podIP });
  }

  private forget({ metadata }: V1Pod): void {
    const name = metadata?.name ?? "";
    if (this.pods.get(name)?.uid === metadata?.uid) this.pods.delete(name);
  }
}
