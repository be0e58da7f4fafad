import { setTimeout as sleep } from "node:timers/promises";
import type { Peers } from "../../local/peers";
import { waitFor } from "../../local/waitFor";
import { addFiles, allPinned, type Content, readable, samePinset } from "./support/content";
import { allReady, killContainer, pods, touched } from "./support/pods";
import { settled, theStack } from "./support/shared";
import type { Stack } from "./support/stack";

/** All six pods in the long run (`npm run test:e2e -- --all`), one of each kind in the short one. */
const everyPod = process.argv.includes("--all");
const somePods = everyPod ? [0, 1, 2].flatMap((peer) => [`ipfs-${peer}`, `cluster-${peer}`]) : ["ipfs-1", "cluster-2"];

describe("when things fail", () => {
  let stack: Stack;
  let peers: Peers;
  let content: Content;

  before(async () => {
    stack = await theStack();
    peers = await stack.peers();
    await settled(stack);
    content = await addFiles(peers, 6);
  });

  afterEach(async function () {
    this.timeout(300_000);
    await allReady(stack, 6);
    await samePinset(peers, content.pinset);
    await allPinned(peers, content.pinset.keys());
    await settled(stack);
  });

  for (const pod of somePods) {
    it(`loses nothing when ${pod} is killed with SIGKILL`, async () => {
      const before = (await pods(stack)).get(pod);
      await killContainer(stack, pod);
      await readableWithout(pod);
      await waitFor(
        `${pod} to be started again`,
        60,
        async () => (await pods(stack)).get(pod)?.restarts !== before?.restarts,
      );
    });
  }

  for (const pod of somePods) {
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

  for (const pod of ["ipfs-0", "cluster-0"]) {
    it(`loses nothing when ${pod} is deleted with its volume, which starts again empty`, async () => {
      const claim = `data-${pod}`;
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
    const names = ["cluster-0", "cluster-1", "cluster-2"];
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
      await stack.kubectl("rollout", "restart", "statefulset/ipfs", "statefulset/cluster");
      for (const set of ["ipfs", "cluster"])
        await stack.kubectl("rollout", "status", `statefulset/${set}`, "--timeout=300s");
    } finally {
      rolling = false;
    }
    await reading;
  });

  async function readableWithout(pod: string): Promise<void> {
    const others = [0, 1, 2].filter((peer) => pod !== `ipfs-${peer}`);
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
