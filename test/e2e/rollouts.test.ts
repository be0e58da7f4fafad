import assert from "node:assert/strict";
import { claimName, podName } from "../../components/workload";
import { addFiles, readable, samePinset } from "./support/content";
import { pods, touched } from "./support/pods";
import { describeOn, everything, settingsOf, settled, theStack, topologies } from "./support/shared";
import type { Stack } from "./support/stack";

describeOn(topologies, "a change of settings", function (topology) {
  this.timeout(600_000);
  const settings = settingsOf[topology];
  const podOf = (role: "ipfs" | "cluster", peer: number) => podName({ topology }, role, peer);
  const podsOf = (role: "ipfs" | "cluster") => [0, 1, 2].map((peer) => podOf(role, peer));
  let stack: Stack;
  /** As the last test left it: to go back first would roll the pods once more. */
  let current = settings;
  const change = async (changes: Partial<typeof settings>) => {
    current = { ...current, ...changes };
    await stack.configure(current);
    await stack.up();
  };
  before(async () => {
    stack = await theStack(topology);
    await stack.configure(settings);
    await stack.up();
    await settled(stack);
  });
  after(async () => {
    await stack.configure(settings);
    await stack.up();
    await settled(stack);
  });

  it("of ipfs-cluster rolls the cluster pods and no others", async () => {
    const before = await pods(stack);
    await change({ cluster: { ...current.cluster, logLevel: "error" } });
    assert.deepEqual(touched(before, await pods(stack)), podsOf("cluster"));
  });

  it("of kubo rolls the kubo pods and no others, and kubo acts on it", async () => {
    const before = await pods(stack);
    await change({ kubo: { config: { Gateway: { DisableHTMLErrors: true } } } });
    assert.deepEqual(touched(before, await pods(stack)), podsOf("ipfs"));
    assert.equal(
      (
        await stack.kubectl("exec", podOf("ipfs", 1), "-c", "kubo", "--", "ipfs", "config", "Gateway.DisableHTMLErrors")
      ).trim(),
      "true",
    );
  });

  it("of both images replaces all kubo pods, one after the other, before any cluster pod", async function () {
    // The other topology's pods are both.
    if (topology === "colocated") return this.skip();
    const before = await pods(stack);
    // The same images by their short names.
    await change({
      kubo: { ...current.kubo, image: "ipfs/kubo:v0.42.0" },
      cluster: { ...current.cluster, image: "ipfs/ipfs-cluster:v1.1.6" },
    });
    assert.equal(touched(before, await pods(stack)).length, 6);
    const { items } = JSON.parse(await stack.kubectl("get", "pods", "-o", "json")) as { items: StartedPod[] };
    const times = (name: string) => items.filter((pod) => pod.metadata.name.startsWith(name)).map(lifetime);
    const kubo = times("ipfs-").sort((one, other) => one.made - other.made);
    for (const [index, { made }] of kubo.entries()) {
      if (index > 0) assert.ok(made >= kubo[index - 1].ready, "one kubo pod at a time");
    }
    for (const { made } of times("cluster-")) for (const { ready } of kubo) assert.ok(made >= ready);
  });

  it("of a volume's size grows the claims in place and raises kubo's StorageMax", async () => {
    const sets = JSON.parse(await stack.kubectl("get", "statefulset", "-o", "json")).items.map(uid);
    // For all that follows: claims can't shrink again.
    settings.kubo = { volume: { size: "6Gi" } };
    await change({ kubo: { ...current.kubo, ...settings.kubo } });
    const claim = JSON.parse(await stack.kubectl("get", "pvc", claimName({ topology }, "ipfs", 1), "-o", "json"));
    assert.equal(claim.spec.resources.requests.storage, "6Gi");
    assert.deepEqual(JSON.parse(await stack.kubectl("get", "statefulset", "-o", "json")).items.map(uid), sets);
    const { StorageMax } = (await (await (await stack.peers()).rpc(1, "repo/stat?size-only=true")).json()) as {
      StorageMax: number;
    };
    assert.equal(StorageMax, Math.floor(6 * 2 ** 30 * 0.8));
  });

  it("to smaller volumes, another class or another namespace is refused before anything happens", async () => {
    const claims = () => stack.kubectl("get", "pvc", "-o", "jsonpath={.items[*].spec.resources.requests.storage}");
    const before = await claims();
    const elsewhere = { namespace: { name: "elsewhere" }, kubo: { volume: { size: "5Gi", class: "fast" } } };
    await stack.configure({ ...current, ...elsewhere });
    const { code, text } = await stack.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.match(text, /kubo\.volume\.size "5Gi": less than the 6Gi that the volumes have/);
    assert.match(text, /kubo\.volume\.class "fast": the volumes were made with the cluster's default class/);
    assert.match(text, new RegExp(`namespace\\.name "elsewhere": the stack is in ipfs-${stack.name}`));
    assert.equal(await claims(), before);
    await stack.configure(current);
    await stack.up("--expect-no-changes");
  });

  it("of the network, private to public and back, keeps every pin on the same volumes", async function () {
    if (!everything) return this.skip();
    await settled(stack);
    const peers = await stack.peers();
    const content = await addFiles(peers, 3);
    await change({ network: "public" });
    await settled(stack);
    const addresses = (await (await peers.rpc(0, "id")).json()) as { Addresses: string[] };
    assert.ok(
      addresses.Addresses.some((address) => address.includes("/quic-v1")),
      addresses.Addresses.join(" "),
    );
    await assert.rejects(
      stack.kubectl("exec", podOf("ipfs", 0), "-c", "kubo", "--", "test", "-e", "/data/ipfs/swarm.key"),
    );
    await samePinset(peers, content.pinset);
    await readable(peers, 2, content.files);

    await change({ network: "private" });
    await settled(stack);
    assert.match(await stack.kubectl("logs", podOf("ipfs", 0), "-c", "kubo"), /Swarm is limited to private network/);
    await samePinset(peers, content.pinset);
    await readable(peers, 2, content.files);
  });
});

interface StartedPod {
  readonly metadata: { readonly name: string; readonly creationTimestamp: string };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly lastTransitionTime: string }[] };
}

/** When a pod was made and when it was ready, to the second. */
function lifetime({ metadata, status }: StartedPod): { made: number; ready: number } {
  const ready = status.conditions.find(({ type }) => type === "Ready");
  return { made: Date.parse(metadata.creationTimestamp), ready: Date.parse(ready?.lastTransitionTime ?? "") };
}

function uid(object: { metadata: { uid: string } }): string {
  return object.metadata.uid;
}
