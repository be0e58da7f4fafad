import { setTimeout as sleep } from "node:timers/promises";
import { claimName, podName } from "../../components/workload";
import type { Peers } from "../../local/peers";
import { waitFor } from "../../local/waitFor";
import { addFiles, allPinned, type Content, readable, samePinset } from "./support/content";
import { allReady, killContainer, pods, touched } from "./support/pods";
import { describeOn, everything, settled, theStack, topologies } from "./support/shared";
import type { Stack } from "./support/stack";

/** Halves of peers: all of them in the long run, one of each kind in the short one. */
const halves: readonly (readonly [role: "ipfs" | "cluster", peer: number])[] = everything
  ? [0, 1, 2].flatMap((peer) => [["ipfs", peer] as const, ["cluster", peer] as const])
  : [
      ["ipfs", 1],
      ["cluster", 2],
    ];

describeOn(topologies, "when things fail", (topology) => {
  const sets = topology === "colocated" ? ["peer"] : ["ipfs", "cluster"];
  const podOf = (role: "ipfs" | "cluster", peer: number) => podName({ topology }, role, peer);
  const each = new Set(halves.map(([role, peer]) => podOf(role, peer)));
  let stack: Stack;
  let peers: Peers;
  let content: Content;

  before(async () => {
    stack = await theStack(topology);
    peers = await stack.peers();
    await settled(stack);
    content = await addFiles(peers, 6);
  });

  afterEach(async function () {
    this.timeout(300_000);
    await allReady(stack, 3 * sets.length);
    await samePinset(peers, content.pinset);
    await allPinned(peers, content.pinset.keys());
    await settled(stack);
  });

  for (const [role, peer] of halves) {
    const pod = podOf(role, peer);
    const program = role === "ipfs" ? "kubo" : "cluster";
    it(`loses nothing when ${program} in ${pod} is killed with SIGKILL`, async () => {
      const before = (await pods(stack)).get(pod);
      await killContainer(stack, pod, program);
      await readableWithout(pod);
      await waitFor(
        `${pod} to be started again`,
        60,
        async () => (await pods(stack)).get(pod)?.restarts !== before?.restarts,
      );
    });
  }

  for (const pod of each) {
    it(`loses nothing when pod ${pod} is deleted`, async () => {
      const before = (await pods(stack)).get(pod);
      await stack.kubectl("delete", "pod", pod, "--wait=false");
      await readableWithout(pod);
      await waitFor(`${pod} to be replaced`, 150, async () => {
        const now = (await pods(stack)).get(pod);
        return now && now.uid !== before?.uid;
      });
    });
  }

  for (const role of ["ipfs", "cluster"] as const) {
    const pod = podOf(role, 0);
    const claim = claimName({ topology }, role, 0);
    it(`loses nothing when ${pod} is deleted with ${claim}, which starts again empty`, async () => {
      const before = JSON.parse(await stack.kubectl("get", "pvc", claim, "-o", "json")).metadata.uid;
      await stack.kubectl("delete", "pvc", claim, "--wait=false");
      await stack.kubectl("delete", "pod", pod, "--wait=false");
      await readableWithout(pod);
      await waitFor(`a new volume for ${pod}`, 150, async () => {
        const now = JSON.parse(await stack.kubectl("get", "pvc", claim, "-o", "json"));
        return now.metadata.uid !== before && now.status.phase === "Bound";
      });
    });
  }

  it("loses nothing when all cluster peers are deleted at once", async () => {
    const before = await pods(stack);
    const names = [0, 1, 2].map((peer) => podOf("cluster", peer));
    await stack.kubectl("delete", "pod", ...names, "--wait=false");
    await waitFor(
      "all three to be replaced",
      150,
      async () => touched(before, await pods(stack)).length === names.length,
    );
  });

  it("serves content throughout a rolling restart of everything", async function () {
    this.timeout(600_000);
    let rolling = true;
    const reading = keepReading(() => rolling);
    try {
      await stack.kubectl("rollout", "restart", ...sets.map((set) => `statefulset/${set}`));
      for (const set of sets) await stack.kubectl("rollout", "status", `statefulset/${set}`, "--timeout=300s");
    } finally {
      rolling = false;
    }
    await reading;
  });

  async function readableWithout(pod: string): Promise<void> {
    const others = [0, 1, 2].filter((peer) => pod !== podOf("ipfs", peer));
    for (const peer of others) await readable(peers, peer, content.files);
  }

  /** Reads on and on; at every moment some peer must serve. */
  async function keepReading(on: () => boolean): Promise<void> {
    const [[cid, bytes]] = content.files;
    while (on()) {
      await waitFor(`some peer to serve ${cid}`, 5, async () => {
        const answers = await Promise.allSettled([0, 1, 2].map((peer) => peers.gateway(peer, cid, 3_000)));
        return answers.some((answer) => answer.status === "fulfilled" && answer.value.equals(bytes));
      });
      await sleep(200);
    }
  }
});
