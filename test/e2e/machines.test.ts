import assert from "node:assert/strict";
import { stopWorker, up } from "../../local";
import type { Peers } from "../../local/peers";
import { waitFor } from "../../local/waitFor";
import { addFiles, allPinned, readable } from "./support/content";
import { allReady } from "./support/pods";
import { node, settings, settled, theNode } from "./support/shared";
import { Stack } from "./support/stack";

describe("a stack whose peers are on different machines", function () {
  this.timeout(300_000);
  const spread = {
    ...settings,
    replicas: 2,
    identities: 2,
    replication: { min: 1, max: 2 },
    spread: "required",
  };
  let stack: Stack;
  let peers: Peers;
  /** The machine of each peer. */
  let machines: string[];

  before(async () => {
    await theNode();
    stack = await Stack.init("machines", node);
    await stack.configure(spread);
    await stack.up();
    await settled(stack);
    peers = await stack.peers();
    machines = await Promise.all([0, 1].map((peer) => machineOf(`cluster-${peer}`)));
  });
  after(async () => {
    await up(node, () => {});
    await stack.shell(`kubectl uncordon ${machines.join(" ")}`);
    await stack.drop();
  });

  it("has no two peers of a kind on one, and both halves of each on the same", async () => {
    for (const role of ["ipfs", "cluster"]) {
      const used = await Promise.all([0, 1].map((peer) => machineOf(`${role}-${peer}`)));
      assert.equal(new Set(used).size, 2, `${role}: ${used}`);
      assert.deepEqual(used, machines);
    }
    await allPinned(peers, (await addFiles(peers, 2)).files.keys());
  });

  it("lets one of them be drained, and no second before the first is back", async () => {
    const content = await addFiles(peers, 2);
    await drain(machines[1]);
    const added = await addAlone(0);
    await assert.rejects(drain(machines[0], 10), /disruption budget/);
    await stack.shell(`kubectl uncordon ${machines.join(" ")}`);
    await back();
    for (const peer of [0, 1]) await readable(peers, peer, new Map([...content.files, ...added]));
  });

  it("goes on without one that loses its power, and has it back with all its pins", async () => {
    const peer = machines.indexOf(`${node}-2`);
    const content = await addFiles(peers, 2);
    await stopWorker(2, node);
    const added = await addAlone(1 - peer);
    await readable(peers, 1 - peer, content.files);
    await up(node, () => {});
    await back();
    for (const each of [0, 1]) await readable(peers, each, new Map([...content.files, ...added]));
  });

  /** Adds a file through a peer once it knows that the other is gone. */
  async function addAlone(peer: number): Promise<Map<string, Buffer>> {
    await waitFor("the other peer to be gone", 60, async () => (await peers.allocatable(peer)).length === 1);
    const bytes = Buffer.from(`while a machine is away ${Date.now()}`);
    const cid = await peers.add(peer, bytes);
    await waitFor(`${cid} to be pinned`, 30, async () => (await peers.pinnedOn(peer, cid)) === 1);
    return new Map([[cid, bytes]]);
  }

  async function back(): Promise<void> {
    await allReady(stack, 4);
    await settled(stack);
  }

  async function machineOf(pod: string): Promise<string> {
    return stack.kubectl("get", "pod", pod, "-o", "jsonpath={.spec.nodeName}");
  }

  /** @param seconds for which it tries. */
  function drain(machine: string, seconds = 60): Promise<string> {
    // Not those of other tests' stacks: how long those take to come back is another matter.
    const ours = `--pod-selector=app.kubernetes.io/instance=${stack.name}`;
    return stack.shell(`kubectl drain ${machine} ${ours} --delete-emptydir-data --timeout=${seconds}s`);
  }
});
