import assert from "node:assert/strict";
import { layoutsOf } from "../../local/node/cluster";
import { importImages } from "../../local/node/imageStore";
import type { Peers } from "../../local/peers";
import { buildModules } from "../../local/toolchain/build";
import { buildOlderKuboImage } from "../../local/toolchain/images";
import { olderKuboModules } from "../../local/toolchain/modules";
import { waitFor } from "../../local/waitFor";
import { addFiles, allPinned, type Content, readable, samePinset } from "./support/content";
import { allReady, pods, touched } from "./support/pods";
import { everything, node, settings, settled, theNode } from "./support/shared";
import { Stack } from "./support/stack";

/** From the format of repositories before the current one. Only in the long run, as this kubo has to be built, too. */
describe("an upgrade of kubo", function () {
  this.timeout("20m");
  const peersInAll = [0, 1, 2];
  const older = "docker.io/ipfs/kubo:v0.37.0";
  let stack: Stack;
  let peers: Peers;
  let content: Content;

  before(async function () {
    if (!everything) return this.skip();
    await theNode();
    await provide();
    stack = await Stack.init("upgrade", node);
    await stack.configure({ ...settings, kubo: { image: older } });
    await stack.up();
    await settled(stack);
    peers = await stack.peers();
    content = await addFiles(peers, 12);
  });
  after(() => stack?.drop());

  it("from v0.37 migrates each repository, and keeps every block and every pin", async () => {
    assert.deepEqual(
      await versions(),
      peersInAll.map(() => "0.37.0 17"),
    );
    const blocks = await Promise.all(peersInAll.map(blocksOf));
    assert.ok(blocks.every((each) => each.length > 0));
    await stack.configure(settings);
    await stack.up();
    await settled(stack);
    assert.deepEqual(
      await versions(),
      peersInAll.map(() => "0.42.0 18"),
    );
    assert.deepEqual(await Promise.all(peersInAll.map(blocksOf)), blocks);
    await samePinset(peers, content.pinset);
    await allPinned(peers, content.pinset.keys());
    for (const peer of peersInAll) await readable(peers, peer, content.files);
  });

  it("is not taken back without a word, and its pods start again on what it made", async () => {
    await stack.configure({ ...settings, kubo: { image: older } });
    const { code, text } = await stack.pulumi("preview");
    assert.notEqual(code, 0);
    assert.match(text, /kubo\.image.*v0\.37\.0/);
    await stack.configure(settings);
    const before = await pods(stack);
    await stack.kubectl("delete", "pod", "ipfs-0", "ipfs-1", "ipfs-2", "--wait=false");
    await waitFor("all three to be replaced", 60, async () => touched(before, await pods(stack)).length === 3);
    await allReady(stack, 6);
    await settled(stack);
    await addFiles(peers, 2);
    for (const peer of peersInAll) await readable(peers, peer, content.files);
  });

  /** Gives every machine of the node the older image. */
  async function provide(): Promise<void> {
    const image = await buildOlderKuboImage(await buildModules(olderKuboModules, console.error), console.error);
    assert.equal(image.reference, older);
    for (const layout of await layoutsOf(node)) await importImages(layout, [image]);
  }

  /** Of each peer's kubo: its release, and the format of its repository. */
  function versions(): Promise<string[]> {
    return Promise.all(
      peersInAll.map(async (peer) => {
        const { Version, Repo } = (await (await peers.rpc(peer, "version")).json()) as Record<string, string>;
        return `${Version} ${Repo}`;
      }),
    );
  }

  async function blocksOf(peer: number): Promise<string[]> {
    const lines = (await (await peers.rpc(peer, "refs/local")).text()).split("\n").filter(Boolean);
    return lines.map((line) => (JSON.parse(line) as { Ref: string }).Ref).sort();
  }
});
