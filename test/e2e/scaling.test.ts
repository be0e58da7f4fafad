import assert from "node:assert/strict";
import type { Peers } from "../../local/peers";
import { addFiles, allPinned, readable, samePinset } from "./support/content";
import { pods, touched } from "./support/pods";
import { settings, settled, theStack } from "./support/shared";
import type { Stack } from "./support/stack";

describe("scaling", function () {
  this.timeout(600_000);
  let stack: Stack;
  before(async () => {
    stack = await theStack();
    await stack.configure(settings);
    await stack.up();
    await settled(stack);
  });

  it("from 3 to 5 peers restarts nobody, keeps every pin, and spreads new ones over all five", async () => {
    const peers = await stack.peers();
    const content = await addFiles(peers, 5);
    const before = await pods(stack);

    await stack.configure({ ...settings, replicas: 5 });
    await stack.up();
    await settled(stack);
    assert.deepEqual(touched(before, await pods(stack)), []);
    await samePinset(peers, content.pinset);

    const added = await addFiles(peers, 20);
    const used = new Set([...added.files.keys()].flatMap((cid) => [...(added.pinset.get(cid) ?? [])]));
    assert.equal(used.size, 5, "every peer gets some of 20 new pins");
    for (const peer of [0, 3, 4]) await readable(peers, peer, new Map([...content.files, ...added.files]));
  });

  it("from 5 to 3 peers is refused, with the reason and the way, before anything happens", async () => {
    const before = await pods(stack);
    await stack.configure(settings);
    for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const { code, text } = await stack.pulumi(...command);
      assert.notEqual(code, 0);
      assert.match(text, /ipfs-cluster:replicas 3: fewer than the 5 that run/);
      assert.match(text, /acceptPeerLoss/);
    }
    assert.deepEqual([...(await pods(stack)).keys()], [...before.keys()]);
    assert.deepEqual(touched(before, await pods(stack)), []);
  });

  it("from 5 to 3 peers loses nothing once all peers hold all pins and the loss is accepted", async () => {
    const peers = await stack.peers();
    const before = [...(await peers.pinset(0)).keys()].sort();
    await repin(peers, before, 5);
    await stack.configure({ ...settings, acceptPeerLoss: { downTo: 3 } });
    await stack.up();
    await settled(stack);

    await repin(peers, before, 3);
    const staying = (await stack.outputs()).peers.map(({ clusterId }) => clusterId).sort();
    const after = await peers.pinset(0);
    assert.deepEqual([...after.keys()].sort(), before);
    for (const ids of after.values()) assert.deepEqual([...ids].sort(), staying);
    await stack.kubectl("get", "pvc", "data-ipfs-3", "data-ipfs-4", "data-cluster-3", "data-cluster-4");
  });

  it("back to 5 peers brings the same two peers back", async () => {
    const earlier = (await stack.outputs()).peers.map(({ clusterId }) => clusterId);
    await stack.configure({ ...settings, replicas: 5 });
    await stack.up();
    await settled(stack);
    const ids = (await stack.outputs()).peers.map(({ clusterId }) => clusterId);
    assert.deepEqual(ids.slice(0, 3), earlier);
    await stack.configure({ ...settings, acceptPeerLoss: { downTo: 3 } });
    await stack.up();
  });
});

/** Pins every CID again, on exactly `copies` peers, and waits until it is so. */
async function repin(peers: Peers, cids: readonly string[], copies: number): Promise<void> {
  const query = `replication-min=${copies}&replication-max=${copies}`;
  for (const cid of cids) await peers.rest(0, `/pins/${cid}?${query}`, { method: "POST" });
  await allPinned(peers, cids);
  for (const ids of (await peers.pinset(0)).values()) assert.equal(ids.length, copies);
}
