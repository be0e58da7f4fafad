import assert from "node:assert/strict";
import { waitFor } from "../../local/waitFor";
import { addFiles, type Content, readable, samePinset } from "./support/content";
import { describeOn, node, settingsOf, settled, theNode, topologies } from "./support/shared";
import { type Outputs, Stack } from "./support/stack";

describeOn(topologies, "destroying a stack", function (topology) {
  this.timeout(600_000);
  const settings = settingsOf[topology];
  const name = topology === "paired" ? "life" : "life-colocated";
  const set = topology === "paired" ? "ipfs" : "peer";
  let stack: Stack;
  let content: Content;
  let outputs: Outputs;
  let identity: string;
  const volumes = `kubectl -n ipfs-${name} get pvc -o name | sort`;

  before(async () => {
    await theNode();
    stack = await Stack.init(name, node);
    await stack.configure(settings);
    await stack.up();
    await settled(stack);
    content = await addFiles(await stack.peers(), 4);
    outputs = await stack.outputs();
    identity = await stack.identity();
  });
  after(() => stack.remove());

  it("keeps the volumes and the namespace they live in, and removes the rest", async () => {
    const before = await stack.shell(volumes);
    await stack.must("destroy", "--yes", "--skip-preview");
    assert.equal(await stack.shell(volumes), before);
    assert.equal(before.trim().split("\n").length, 6);
    assert.equal(await stack.shell(`kubectl -n ipfs-${name} get statefulsets,services,secrets,pods -o name`), "");
  });

  it("and a stack of the other topology, which would not find them, refuses their identities", async () => {
    const other = topology === "paired" ? settingsOf.colocated : settingsOf.paired;
    await stack.configure(other, { identity });
    const { code, text } = await stack.pulumi("preview");
    await stack.configure(settings);
    assert.notEqual(code, 0);
    assert.match(text, /it is of a stack of another topology/);
  });

  it("and a new stack does not take them over unasked", async () => {
    const { code, text } = await stack.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.match(text, new RegExp(`namespaces? "ipfs-${name}" already exists`));
    assert.equal(await stack.shell(`kubectl -n ipfs-${name} get statefulsets,services,secrets,pods -o name`), "");
  });

  it("and peers with other identities refuse the volumes, with the reason", async () => {
    // Kept, and so taken over; but the first two peers have changed places.
    const bundle = JSON.parse(identity);
    const swapped = (keys: string[]) => [keys[1], keys[0], ...keys.slice(2)];
    await stack.configure(settings, { identity: JSON.stringify({ ...bundle, kubo: swapped(bundle.kubo) }) });
    const up = stack.background("pulumi up --yes --skip-preview --non-interactive", { ofStack: true });
    try {
      await waitFor("both to say why they do not start", 120, async () => {
        const pods = JSON.parse(
          await stack.shell(`kubectl -n ipfs-${name} get pods -l app.kubernetes.io/name=${set} -o json`),
        ).items;
        const messages = pods.map(
          (pod: Pod) => pod.status.initContainerStatuses?.[0]?.lastState?.terminated?.message ?? "",
        );
        return messages.filter((message: string) => /volume belongs to another peer/.test(message)).length === 2;
      });
    } finally {
      await up.stop("SIGINT");
    }
  });

  it("and bringing it up with the kept identities brings back the same peers and the same pins", async () => {
    await stack.configure(settings, { identity });
    await stack.up();
    await settled(stack);
    assert.deepEqual((await stack.outputs()).peers, outputs.peers);
    const peers = await stack.peers();
    await samePinset(peers, content.pinset);
    for (const peer of [0, 1, 2]) await readable(peers, peer, content.files);
  });

  it("deletes all data only when the settings say so in so many words", async () => {
    await stack.configure({ ...settings, volumes: { onDestroy: "delete-all-data" } }, { identity });
    await stack.up();
    await stack.must("destroy", "--yes", "--skip-preview");
    await waitFor(
      "the namespace to be gone",
      60,
      async () => !(await stack.shell("kubectl get namespace -o name")).includes(`ipfs-${name}`),
    );
  });
});

interface Pod {
  status: { initContainerStatuses?: { lastState?: { terminated?: { message?: string } } }[] };
}
