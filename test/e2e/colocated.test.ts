import assert from "node:assert/strict";
import type { Peers } from "../../local/peers";
import { waitFor } from "../../local/waitFor";
import { addFiles, allPinned, readable, samePinset } from "./support/content";
import { allReady, killContainer, pods, touched } from "./support/pods";
import { settingsOf, settled, theStack } from "./support/shared";
import type { Stack } from "./support/stack";

describe("kubo and ipfs-cluster in one pod", function () {
  this.timeout(600_000);
  let stack: Stack;
  let peers: Peers;
  before(async () => {
    stack = await theStack("colocated");
    peers = await stack.peers();
  });

  it("keep kubo's RPC from every other pod, though no policy does", async () => {
    const policies = await stack.kubectl("get", "networkpolicies", "-o", "name");
    assert.equal(policies, "", "or this would show what they do");
    const address = await peers.address("peer-1");
    const dial = (pod: string, host: string, port: number) =>
      stack.kubectl("exec", pod, "-c", "cluster", "--", "sh", "-c", `nc -w 2 ${host} ${port} </dev/null 2>&1; echo $?`);
    assert.match(await dial("peer-0", address, 5001), /refused/);
    assert.match(
      await dial("peer-0", "ipfs-1", 8080),
      /^0$/m,
      "the same pod, asked in the same way, by a port that it has",
    );
    await assert.rejects(fetch(`http://${address}:5001/version`), "from the host");
    const version = ["wget", "-q", "-O", "-", "http://127.0.0.1:5001/version"];
    assert.match(await stack.kubectl("exec", "peer-1", "-c", "cluster", "--", ...version), /Client Version: kubo/);
    const id = (await (await peers.rpc(1, "id")).json()) as { ID: string };
    assert.equal(id.ID, (await stack.outputs()).peers[1].ipfsId, "by kubectl's port-forward");
  });

  it("name the RPC in no Service and no port", async () => {
    const { items } = JSON.parse(await stack.kubectl("get", "services,pods", "-o", "json"));
    const text = JSON.stringify(
      items.filter(({ metadata }: { metadata: { name: string } }) => metadata.name !== "proxy"),
    );
    assert.doesNotMatch(text, /"(port|containerPort|targetPort)":(5001|"rpc")/);
  });

  it("keep every pin when all their pods are deleted at once", async () => {
    const content = await addFiles(peers, 4);
    const before = await pods(stack);
    await stack.kubectl("delete", "pod", "peer-0", "peer-1", "peer-2", "--wait=false");
    await waitFor("all three to be replaced", 150, async () => touched(before, await pods(stack)).length === 3);
    await allReady(stack, 3);
    await settled(stack);
    await samePinset(peers, content.pinset);
    await allPinned(peers, content.files.keys());
    for (const peer of [0, 1, 2]) await readable(peers, peer, content.files);
  });

  for (const container of ["kubo", "cluster"]) {
    it(`start ${container} again when it is killed, and leave the other alone`, async () => {
      const content = await addFiles(peers, 1);
      const other = container === "kubo" ? "cluster" : "kubo";
      const before = (await pods(stack)).get("peer-2");
      await killContainer(stack, "peer-2", container);
      await waitFor(`${container} to be started again`, 60, async () => {
        const now = (await pods(stack)).get("peer-2");
        return now?.restarts === (before?.restarts ?? 0) + 1;
      });
      await allReady(stack, 3);
      const after = (await pods(stack)).get("peer-2");
      assert.equal(after?.uid, before?.uid);
      assert.equal(after?.containerIds[other], before?.containerIds[other]);
      await settled(stack);
      await samePinset(peers, content.pinset);
    });
  }

  it("can't become two pods, as those would start on empty volumes", async () => {
    await stack.configure(settingsOf.paired);
    const before = await pods(stack);
    const { code, text } = await stack.pulumi("up", "--yes", "--skip-preview");
    await stack.configure(settingsOf.colocated);
    assert.notEqual(code, 0);
    assert.match(text, /ipfs-cluster:topology "paired": the stack is colocated/);
    assert.deepEqual(touched(before, await pods(stack)), []);
  });
});
