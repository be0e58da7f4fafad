import assert from "node:assert/strict";
import type { Pin } from "../../components/operations/replication/pin.js";
import { sameOptions } from "../../components/operations/replication/pin.js";
import type { Peers } from "../../local/peers";
import { waitFor } from "../../local/waitFor";
import { pinset } from "./support/content";
import { everything, node, settings, settled, theNode } from "./support/shared";
import { Stack } from "./support/stack";

describe("pins that are added while a peer is away", function () {
  this.timeout(300_000);
  let stack: Stack;
  let peers: Peers;
  let earlier: Map<string, Pin>;
  const count = everything ? 100 : 40;
  const scale = (replicas: number) => stack.kubectl("scale", "statefulset/cluster", `--replicas=${replicas}`);

  // A stack of its own: the test scales behind Pulumi's back, and its pins have options that other tests know nothing of.
  const own = { ...settings, topUp: { every: "1m" } };
  before(async () => {
    await theNode();
    stack = await Stack.init("topup", node);
    await stack.configure(own);
    await stack.up();
    await settled(stack);
    peers = await stack.peers();
  });
  after(() => stack.drop());

  const runNow = (name: string) => stack.kubectl("create", "job", name, "--from=cronjob/top-up");

  /** What the pods of the last runs said at their end. */
  async function results(): Promise<string> {
    const path = "{.items[*].status.containerStatuses[*].state.terminated.message}";
    return stack.kubectl("get", "pods", "-l", "app.kubernetes.io/name=top-up", "-o", `jsonpath=${path}`);
  }

  it("have their minimum of copies, whatever their options, and the job says why", async () => {
    await scale(2);
    await waitFor("the third peer to be gone", 60, async () => (await peers.allocatable(0)).length === 2);
    const origin = "/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
    const some = [
      "",
      "&meta-owner=me%20%26%20you&meta-x=%22%7B",
      "&expire-in=48h",
      `&origins=${encodeURIComponent(origin)}`,
      "&shard-size=12345",
      "&replication-min=1&replication-max=3",
      "&replication-min=1&replication-max=1",
      "&replication-min=-1&replication-max=-1",
    ];
    for (let file = 0; file < count; file++) {
      // All through one peer, which is asked for the pinset too: another would know of the last ones a moment later.
      const cid = await peers.add(0, `file ${file} of ${Date.now()}`, { name: `näme ${file}` });
      const options = some[file % some.length];
      if (options) await peers.rest(0, `/pins/${cid}?name=n%20${file}${options}`, { method: "POST" });
    }
    earlier = await pinset(peers);
    const short = [...earlier.values()].filter(({ allocations }) => allocations?.length === 2).length;
    assert.ok(short >= 0.75 * count, `${short} with two copies`);
    await runNow("why");
    await waitFor("a run to say why they are left", 30, async () =>
      /\d+ left, as there is no further peer to put them on/.test(await results()),
    );
  });

  it("get the copies that they lack once it is back, with their options as they were, and nothing else moves", async () => {
    await scale(3);
    await settled(stack);
    const full = (pin: Pin) => (pin.allocations?.length ?? 0) >= Math.max(0, pin.replication_factor_max);
    await waitFor("all pins to have their maximum", 75, async () => [...(await pinset(peers)).values()].every(full));
    await runNow("so");
    await waitFor("a run to say so", 30, async () => /All pins have as many copies/.test(await results()));
    const after = await pinset(peers);
    assert.deepEqual([...after.keys()].sort(), [...earlier.keys()].sort());
    for (const [cid, old] of earlier) {
      const now = after.get(cid) as Pin;
      assert.ok(sameOptions(now, old), JSON.stringify([old, now]));
      if (full(old)) assert.deepEqual(now, old);
      for (const id of old.allocations ?? []) assert.ok(now.allocations?.includes(id), `${cid} left ${id}`);
    }
    await waitFor("all to be pinned there", 60, async () => {
      const status = await (await peers.rest(0, "/pins?filter=queued,pinning,error")).text();
      return status.trim() === "";
    });
  });
});
