import assert from "node:assert/strict";
import fc from "fast-check";
import { drain, mark, type Result } from "../../../../components/operations/replication/drain.js";
import { obstacle, type Pin, same, sameOptions } from "../../../../components/operations/replication/pin.js";
import { RestApi } from "../../../../components/operations/replication/restApi.js";
import { anyPins, FakeCluster, pinOn } from "./fakeCluster";

const plan = { staying: ["a", "b", "c"], allocateBy: ["freespace"], batch: 3, patience: 30 };

describe("draining", () => {
  let cluster: FakeCluster;
  let now: number;
  /** What happens while the program sleeps. */
  let meanwhile: () => void;
  beforeEach(async () => {
    meanwhile = () => {};
    cluster = await FakeCluster.start();
    cluster.live = new Set(["e", "d", "c", "b", "a"]);
    now = Date.parse("2026-01-01T00:00:00Z");
  });
  afterEach(() => cluster.stop());

  const pin = (cid: string) => cluster.pins.get(cid) as Pin;
  const placed = (cid: string) => [...(pin(cid).allocations ?? [])].sort().join("");

  function run(changes: Partial<typeof plan> = {}): Promise<Result> {
    const [username, password] = cluster.credentials.split(":");
    const api = new RestApi(cluster.url, { username, password });
    const sleep = async (milliseconds: number) => {
      now += milliseconds;
      meanwhile();
    };
    return drain(api, { ...plan, ...changes }, { now: () => now, sleep, log: () => {} });
  }

  it("moves every pin off the peers that leave, with its options as they were, and touches no other", async () => {
    const options = { name: "it", metadata: { owner: "me" }, expire_at: "2030-01-01T00:00:00Z" };
    cluster.put(
      pinOn("both", ["d", "e"], options),
      pinOn("one", ["a", "b", "d"]),
      pinOn("sole", ["e"], { replication_factor_min: 1, replication_factor_max: 1 }),
      pinOn("none", ["a", "b"]),
      pinOn("everywhere", [], { replication_factor_min: -1, replication_factor_max: -1 }),
    );
    const none = pin("none");
    assert.deepEqual(await run(), { moved: 3, left: new Map() });
    assert.deepEqual([placed("both"), placed("one"), placed("sole").length], ["abc", "abc", 1]);
    assert.ok(sameOptions(pin("both"), pinOn("both", [], options)));
    assert.equal(pin("none"), none);
  });

  it("goes down to fewer peers than a pin's maximum, and keeps the maximum for more peers to come", async () => {
    cluster.put(pinOn("wide", ["a", "b", "d"]));
    assert.deepEqual(await run({ staying: ["a", "b"] }), { moved: 1, left: new Map() });
    assert.ok(same(pin("wide"), pinOn("wide", ["a", "b"])));
  });

  it("gives up a copy only when the others are pinned; until then it is not safe, and the pin is where it was", async () => {
    cluster.put(pinOn("slow", ["d", "e"]));
    for (const id of plan.staying) cluster.statuses.set(`slow ${id}`, "pinning");
    const { moved, left } = await run();
    assert.equal(moved, 0);
    assert.match([...left.keys()].join(), /not pinned yet where they move to.*on peers that do not stay/);
    assert.ok(pin("slow").allocations?.includes("d") && pin("slow").allocations?.includes("e"));
    cluster.statuses.clear();
    assert.deepEqual(await run(), { moved: 1, left: new Map() });
    assert.ok(same(pin("slow"), pinOn("slow", ["a", "b", "c"])));
  });

  it("is safe once its own last writes have been looked at by the peers that stay", async () => {
    cluster.put(pinOn("moved", ["d", "e"]));
    cluster.onWrite = ({ after }) => {
      if (!after.metadata?.[mark]) cluster.statuses.set("moved a", "pinning");
    };
    const start = now;
    meanwhile = () => {
      if (now - start > 3_000) cluster.statuses.clear();
    };
    assert.deepEqual(await run(), { moved: 1, left: new Map() });
  });

  it("is not safe while something is not pinned on a peer that stays", async () => {
    cluster.put(pinOn("everywhere", [], { replication_factor_min: -1, replication_factor_max: -1 }));
    cluster.statuses.set("everywhere b", "pin_error");
    assert.match([...(await run()).left.keys()].join(), /not pinned yet on a peer that stays/);
    cluster.statuses.clear();
    cluster.statuses.set("everywhere e", "pin_error");
    assert.equal((await run()).left.size, 0);
  });

  it("puts pins right that are on peers which are gone", async () => {
    cluster.live = new Set(["a", "b", "c"]);
    cluster.put(pinOn("gone", ["a", "d"]), pinOn("half", ["a", "b", "d"]));
    assert.deepEqual(await run(), { moved: 2, left: new Map() });
    assert.deepEqual([placed("gone"), placed("half")], ["abc", "abc"]);
  });

  it("moves nothing while a peer that stays is away", async () => {
    cluster.live = new Set(["a", "b", "d", "e"]);
    cluster.put(pinOn("x", ["d"]));
    await assert.rejects(run(), /Peers that stay are away: c/);
    assert.deepEqual(cluster.writes, []);
  });

  it("leaves what asks for more copies than peers stay, or changes meanwhile", async () => {
    cluster.put(pinOn("many", ["a", "b", "c", "d"], { replication_factor_min: 4, replication_factor_max: 4 }));
    assert.match([...(await run()).left.keys()].join(), /ask for more copies than peers stay/);
    assert.deepEqual(cluster.writes, []);
    cluster.pins.clear();
    cluster.put(pinOn("mine", ["d", "e"]));
    const theirs = pinOn("mine", ["d", "e"], { name: "theirs" });
    cluster.onWrite = () => cluster.put(theirs);
    assert.ok((await run()).left.size > 0);
    assert.deepEqual(pin("mine"), theirs);
  });

  it("cut short after whichever write, loses no copy, and the next run makes it good", async () => {
    for (let cut = 1; cut <= 4; cut++) {
      cluster.pins.clear();
      cluster.writes.length = 0;
      cluster.put(pinOn("x", ["d", "e"], { metadata: { owner: "me" } }));
      cluster.onWrite = () => {
        if (cluster.writes.length === cut) throw new Error("cut");
      };
      await run().catch(() => undefined);
      assert.equal(cluster.writes.length, cut);
      cluster.onWrite = () => {};
      assert.equal((await run()).left.size, 0, `cut after ${cut}`);
      assert.ok(same(pin("x"), pinOn("x", ["a", "b", "c"], { metadata: { owner: "me" } })), `cut after ${cut}`);
    }
  });

  it("whatever the pins and peers: changes no option, never gives up a copy before another holds, and empties the peers", async function () {
    this.timeout(60_000);
    const ids = ["a", "b", "c", "d", "e"];
    const canBeGivenAgain = (pins: Pin[]) => pins.filter((each) => !obstacle(each, now));
    await fc.assert(
      fc.asyncProperty(anyPins(ids).map(canBeGivenAgain), fc.boolean(), async (before, gone) => {
        cluster.pins.clear();
        cluster.writes.length = 0;
        cluster.live = new Set(gone ? plan.staying : ids);
        cluster.put(...before);
        assert.deepEqual((await run()).left, new Map());
        for (const { before, after } of cluster.writes) {
          const [had, has] = [before, after].map(({ allocations }) => allocations ?? []);
          const everywhere = (pin: Pin) => pin.replication_factor_max < 0;
          if (everywhere(before) || everywhere(after) || gone) continue;
          for (const id of had) assert.ok(has.includes(id), `${id} gave up its copy`);
        }
        for (const old of before) {
          const after = pin(old.cid);
          assert.ok(sameOptions(after, old), JSON.stringify([old, after]));
          assert.ok(after.allocations?.every((id) => plan.staying.includes(id)));
          const least = Math.min(old.replication_factor_min, old.allocations?.length ?? 0);
          assert.ok((after.allocations?.length ?? 0) >= least);
          assert.equal(after.metadata?.[mark], undefined);
        }
      }),
      { numRuns: 40 },
    );
  });
});
