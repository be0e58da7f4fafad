import assert from "node:assert/strict";
import { podName } from "../../components/workload";
import { prove } from "../../local/proof";
import { describeOn, everything, retire, theStack } from "./support/shared";
import type { Stack } from "./support/stack";

describeOn(["colocated", "paired"], "a stack of three peers", (topology) => {
  let stack: Stack;
  before(async () => {
    stack = await theStack(topology);
  });
  after(async function () {
    this.timeout(300_000);
    if (topology === "colocated" && !everything) await retire(topology);
  });

  it("pins a file on as many peers as asked and gives it back everywhere", async () => {
    const proven: string[] = [];
    await prove(await stack.peers(), 3, ({ what }) => proven.push(what));
    assert.equal(proven.length, 6, proven.join("\n"));
  });

  it("is left alone by a second up, and by a refresh", async () => {
    await stack.up("--expect-no-changes");
    await stack.must("refresh", "--yes", "--skip-preview", "--expect-no-changes");
    await stack.up("--expect-no-changes");
  });

  it("has peers that go by the stack's name and by the ids in its outputs", async () => {
    const peers = await stack.peers();
    const { peers: expected } = await stack.outputs();
    for (const [ordinal, { name, clusterId, ipfsId }] of expected.entries()) {
      const id = (await (await peers.rest(ordinal, "/id")).json()) as {
        id: string;
        peername: string;
        ipfs: { id: string };
      };
      assert.deepEqual([id.peername, id.id, id.ipfs.id], [name, clusterId, ipfsId]);
      assert.equal(name, `${stack.name}-cluster-${ordinal}`);
    }
  });

  it("trusts exactly its own peers, and runs no bootstrap peer", async () => {
    const file = "/data/ipfs-cluster/service.json";
    for (const ordinal of [0, 1, 2]) {
      const service = JSON.parse(
        await stack.kubectl("exec", podName({ topology }, "cluster", ordinal), "-c", "cluster", "--", "cat", file),
      );
      const known = (service.cluster.peer_addresses as string[]).map((address) => address.split("/p2p/")[1]);
      assert.deepEqual(service.consensus.crdt.trusted_peers, known);
      assert.equal(known.length, 6);
      assert.equal(service.cluster.leave_on_shutdown, false);
    }
  });

  it("runs the commands of its outputs as they are printed", async () => {
    const { commands } = await stack.outputs();
    const peersLs = await stack.shell(commands.ctl);
    assert.match(peersLs, new RegExp(`${stack.name}-cluster-0`));
    assert.equal(peersLs.match(/Sees 2 other peers/g)?.length, 3);

    const forwarded = await Promise.all([
      stack.background(commands.forwardApi),
      stack.background(commands.forwardGateway),
    ]);
    try {
      await Promise.all(forwarded.map((command) => command.printed(/Forwarding from/)));
      const cid = JSON.parse((await stack.shell(commands.add)).trim().split("\n")[0]).cid as string;
      const readme = await stack.shell("cat README.md");
      assert.equal(await stack.shell(commands.cat.replace("<cid>", cid)), readme);
      assert.equal(await stack.shell(commands.catFromPeer.replace("<cid>", cid)), readme);
    } finally {
      await Promise.all(forwarded.map((command) => command.stop()));
    }
  });
});
