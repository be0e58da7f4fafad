import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Pin } from "../../components/operations/replication/pin.js";
import { sameOptions } from "../../components/operations/replication/pin.js";
import { claimName } from "../../components/workload";
import { waitFor } from "../../local/waitFor";
import { addFiles, allPinned, pinset, readable, samePinset } from "./support/content";
import { pods, touched } from "./support/pods";
import { describeOn, settingsOf, settled, theStack, topologies } from "./support/shared";
import type { Outputs, Stack } from "./support/stack";

describeOn(topologies, "scaling", function (topology) {
  this.timeout(600_000);
  const settings = settingsOf[topology];
  let stack: Stack;
  /** The five peers that there were. */
  let all: Outputs["peers"];
  before(async () => {
    stack = await theStack(topology);
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

    // Pins go where space is free, as of the last metrics: so some files, new metrics, some more.
    const added = new Map<string, Buffer>();
    const used = new Set<string>();
    await waitFor("every peer to get some of the new pins", 90, async () => {
      const { files, pinset } = await addFiles(peers, 2);
      for (const [cid, bytes] of files) added.set(cid, bytes);
      for (const cid of files.keys()) for (const id of pinset.get(cid) ?? []) used.add(id);
      await sleep(3_000);
      return used.size === 5;
    });
    for (const peer of [0, 3, 4]) await readable(peers, peer, new Map([...content.files, ...added]));
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

  it("to 2 peers loses nothing once the others are drained, which says when it is safe", async () => {
    const peers = await stack.peers();
    const before = await pinset(peers);
    all = (await stack.outputs()).peers;
    const staying = all.slice(0, 2).map(({ clusterId }) => clusterId);
    const leaving = { ...settings, volumes: { protect: true }, acceptPeerLoss: { downTo: 2 } };
    await stack.configure({ ...leaving, replicas: 5 });
    await stack.up();
    const text = await stack.shell(`npm run -s drain -- ${stack.name} ${stack.file}`);
    assert.match(text, /All pins are where they should be on the 2 peers that stay/);

    await stack.configure({ ...leaving, replicas: 2 });
    await stack.up();
    await settled(stack);
    await allPinned(peers, before.keys());
    const after = await pinset(peers);
    assert.deepEqual([...after.keys()].sort(), [...before.keys()].sort());
    for (const [cid, pin] of after) {
      assert.ok(sameOptions(pin, before.get(cid) as Pin), cid);
      assert.deepEqual([...(pin.allocations ?? [])].sort(), [...staying].sort());
    }
    const gone = [2, 3, 4].flatMap((peer) =>
      (["ipfs", "cluster"] as const).map((role) => claimName({ topology }, role, peer)),
    );
    await stack.kubectl("get", "pvc", ...gone);
  });

  it("back to 5 peers brings the same peers back", async () => {
    await stack.configure({ ...settings, replicas: 5 });
    await stack.up();
    await settled(stack);
    assert.deepEqual((await stack.outputs()).peers, all);
    const peers = await stack.peers();
    for (const [peer, { clusterId, ipfsId }] of all.entries()) {
      assert.equal(await idOf(peers.rest(peer, "/id")), clusterId);
      assert.equal(await idOf(peers.rpc(peer, "id")), ipfsId);
    }
    // As the other tests know it.
    for (const replicas of [5, 3]) {
      await stack.configure({ ...settings, replicas, acceptPeerLoss: { downTo: 3 } });
      await stack.up();
    }
  });
});

async function idOf(asked: Promise<Response>): Promise<string | undefined> {
  const { id, ID } = (await (await asked).json()) as { id?: string; ID?: string };
  return id ?? ID;
}
