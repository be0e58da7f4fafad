import { randomUUID } from "node:crypto";
import { waitFor } from "../../../local/waitFor";
import { type BenchNode, patience } from "../support/benchNode";
import { PodWatch } from "../support/podWatch";
import { RestApi } from "../support/restApi";
import { type Layout, namespaceName } from "./layout";

/** Milliseconds between two looks. */
const floorInterval = 50;
const cidInterval = 100;

/** A layout on the benchmarks' node: its objects, once they are created, and what its daemons answer. */
export class Deployment {
  private constructor(
    private readonly node: BenchNode,
    private readonly layout: Layout,
    private readonly pods: PodWatch,
  ) {}

  /** Makes an empty namespace for a layout, works with it, and removes it with its data. */
  static async with<T>(node: BenchNode, layout: Layout, work: (deployment: Deployment) => Promise<T>): Promise<T> {
    await node.createNamespace(layout.namespace);
    const pods = await PodWatch.start(node.config, namespaceName);
    try {
      return await work(new Deployment(node, layout, pods));
    } finally {
      await pods.stop();
      await node.deleteNamespace(namespaceName);
    }
  }

  /** Creates all objects. */
  create(): Promise<void> {
    return this.node.create(this.layout.objects);
  }

  /** Deletes all pods at once, each with its own grace period; from now on only their successors count. */
  async deletePods(): Promise<void> {
    this.pods.expectNewPods();
    await this.node.deletePods(namespaceName);
  }

  /** Waits until every kubo's RPC and every `/health` has answered once. */
  async everyDaemonAnswers(): Promise<void> {
    const answers = (pod: string, question: (address: string) => Promise<Response>) =>
      waitFor(`${pod} to answer`, patience, async () => (await question(this.address(pod))).ok, floorInterval);
    await Promise.all(
      this.peers.flatMap((peer) => [
        answers(this.layout.kuboPod(peer), (address) =>
          fetch(`http://${address}:5001/api/v0/version`, { method: "POST", signal: AbortSignal.timeout(1000) }),
        ),
        answers(this.layout.clusterPod(peer), (address) =>
          fetch(`http://${address}:9094/health`, { signal: AbortSignal.timeout(1000) }),
        ),
      ]),
    );
  }

  /** Adds a file through peer 0 as soon as that takes one for all peers, and waits until it is PINNED on all of them. */
  async newCidIsPinned(): Promise<void> {
    const { name, peers } = this.layout;
    const every = <T>(what: string, question: (api: RestApi) => Promise<T | false>) =>
      waitFor(`${name}: ${what}`, patience, async () => question(this.rest()), cidInterval);
    await every(`peer 0 to know all ${peers}`, async (api) => (await api.allocatable()) >= peers);
    const cid = await every("a file to be added", (api) => api.add(randomUUID(), peers));
    await every(`${cid} to be PINNED on ${peers}`, async (api) => (await api.pinnedOn(cid)) === peers);
  }

  /** The REST API of peer 0. @throws as long as a pod of the layout has no address. */
  rest(): RestApi {
    for (const peer of this.peers) this.address(this.layout.kuboPod(peer));
    const [first] = this.peers.map((peer) => this.address(this.layout.clusterPod(peer)));
    return new RestApi(first, this.layout.authorization);
  }

  /** The address of peer 0's kubo. */
  kubo(): string {
    return this.address(this.layout.kuboPod(0));
  }

  private get peers(): number[] {
    return Array.from({ length: this.layout.peers }, (_, peer) => peer);
  }

  private address(pod: string): string {
    const address = this.pods.address(pod);
    if (!address) throw new Error(`pod ${pod} has no address yet`);
    return address;
  }
}
