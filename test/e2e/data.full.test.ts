import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Peers } from "../../local/peers";
import { waitFor } from "../../local/waitFor";
import { pods, touched } from "./support/pods";
import { settings, settled, theNode } from "./support/shared";
import { Stack } from "./support/stack";

const mebibyte = 2 ** 20;

describe("a kubo volume that is full", function () {
  this.timeout(300_000);
  /** Of a class whose volumes really have the size of their claims. */
  const sized = (size: string) => ({
    ...settings,
    replicas: 2,
    identities: 2,
    replication: { min: 1, max: 2 },
    topUp: false,
    kubo: { volume: { size, class: "small" } },
  });
  /** More than half of the volume: there is room for one of them on each peer. */
  const large = () => randomBytes(70 * mebibyte);
  const files = [large(), large(), large()];
  let stack: Stack;
  let peers: Peers;
  let cids: string[];

  before(async () => {
    await theNode();
    stack = await Stack.init("full", "e2e");
    await stack.configure(sized("128Mi"));
    await stack.up();
    await settled(stack);
    peers = await stack.peers();
    cids = [await add(0, files[0]), await add(1, files[1])];
  });
  after(() => stack.drop());

  it("fails a pin with the reason, and keeps all that it has", async () => {
    await pin(cids[0], 2);
    await noRoomOnPeer1();
    assert.ok((await peers.cat(1, cids[1])).equals(files[1]), "what it has pinned");
    assert.ok((await peers.gateway(1, cids[1])).equals(files[1]), "through its gateway");
    assert.ok((await peers.cat(0, cids[0])).equals(files[0]), "the other peer's");
  });

  it("takes the pin by itself once there is room", async () => {
    await peers.rest(0, `/pins/${cids[1]}`, { method: "DELETE" });
    await waitFor("peer 1 to unpin", 60, async () => (await statusOn(1, cids[1])).status !== "pinned");
    await (await peers.rpc(1, "repo/gc?quiet=true")).text();
    await waitFor("the pin on both peers", 120, async () => (await peers.pinnedOn(0, cids[0])) === 2);
    assert.ok((await peers.cat(1, cids[0])).equals(files[0]));
  });

  it("takes it too once the volume has grown", async () => {
    await peers.rest(0, `/pins/${cids[0]}`, { method: "DELETE" });
    await waitFor("both peers to unpin", 60, async () => (await peers.pinnedOn(0, cids[0])) === 0);
    for (const peer of [0, 1]) await (await peers.rpc(peer, "repo/gc?quiet=true")).text();
    await waitFor("both peers to know of their room", 60, async () => (await peers.allocatable(0)).length === 2);
    cids = [await add(0, files[2]), await add(1, files[1])];
    await pin(cids[0], 2);
    await noRoomOnPeer1();
    const before = await pods(stack);
    await stack.configure(sized("256Mi"));
    await stack.up();
    const restarted = touched(before, await pods(stack));
    assert.deepEqual(restarted, ["ipfs-0", "ipfs-1"], "to learn how much they may store");
    await waitFor("the pin on both peers", 120, async () => (await peers.pinnedOn(0, cids[0])) === 2);
    assert.ok((await peers.cat(1, cids[0])).equals(files[2]));
    assert.ok((await peers.cat(1, cids[1])).equals(files[1]), "what was there before");
  });

  /** Adds a file that one peer alone is to have. */
  async function add(peer: number, content: Buffer): Promise<string> {
    const form = new FormData();
    form.set("file", new Blob([new Uint8Array(content)]), "file");
    const { clusterId } = (await stack.outputs()).peers[peer];
    const query = `stream-channels=false&replication-min=1&replication-max=1&user-allocations=${clusterId}`;
    const response = await peers.rest(peer, `/add?${query}`, { method: "POST", body: form });
    const [{ cid }] = (await response.json()) as { cid: string }[];
    await waitFor(`${cid} to be pinned`, 60, async () => (await statusOn(peer, cid)).status === "pinned");
    return cid;
  }

  async function noRoomOnPeer1(): Promise<void> {
    await waitFor("peer 1 to say what is wrong", 120, async () => {
      const { status, error } = await statusOn(1, cids[0]);
      return status === "pin_error" && /no space left on device/i.test(error);
    });
  }

  async function pin(cid: string, copies: number): Promise<void> {
    await peers.rest(0, `/pins/${cid}?replication-min=${copies}&replication-max=${copies}`, { method: "POST" });
  }

  async function statusOn(peer: number, cid: string): Promise<{ status: string; error: string }> {
    const { clusterId } = (await stack.outputs()).peers[peer];
    return (await peers.status(0, cid)).peer_map[clusterId];
  }
});
