import assert from "node:assert/strict";
import fc from "fast-check";
import { optionsQuery, type Pin, same, sameOptions } from "../../../../components/operations/replication/pin.js";
import { RestApi } from "../../../../components/operations/replication/restApi.js";
import { mark, type Result, summary, topUp } from "../../../../components/operations/replication/topUp.js";
import { anyPins, FakeCluster, pinOn } from "./fakeCluster";

const plan = {
  allocateBy: ["tag:group", "freespace"],
  peers: ["a", "b", "c", "d"],
  duration: 600,
  batch: 3,
  settling: 5,
};

describe("topping up", () => {
  let cluster: FakeCluster;
  let log: string[];
  let now: number;
  /** What happens while the program sleeps. */
  let meanwhile: () => void;
  beforeEach(async () => {
    meanwhile = () => {};
    cluster = await FakeCluster.start();
    cluster.live = new Set(["a", "b", "c"]);
    log = [];
    now = Date.parse("2026-01-01T00:00:00Z");
  });
  afterEach(() => cluster.stop());

  const pin = (cid: string) => cluster.pins.get(cid) as Pin;

  function run(changes: Partial<typeof plan> = {}, stop?: AbortSignal): Promise<Result> {
    const [username, password] = cluster.credentials.split(":");
    const api = new RestApi(cluster.url, { username, password });
    const sleep = async (milliseconds: number) => {
      now += milliseconds;
      meanwhile();
    };
    const surroundings = { now: () => now, sleep, log: (line: string) => void log.push(line), stop };
    return topUp(api, { ...plan, ...changes }, surroundings);
  }

  it("gives every short pin its maximum, beside the peers that it is on, and its options back", async () => {
    const full = pinOn("full", ["a", "b", "c"]);
    const everywhere = pinOn("everywhere", [], { replication_factor_min: -1, replication_factor_max: -1 });
    const short = Array.from({ length: 10 }, (_, index) => pinOn(`short${index}`, ["b", "a"], { name: `n ${index}` }));
    cluster.put(full, everywhere, ...short);
    const result = await run();
    assert.deepEqual(result, { short: 10, done: 10, failed: 0, left: new Map() });
    for (const before of short) {
      assert.ok(same(pin(before.cid), { ...before, allocations: ["a", "b", "c"] }), before.cid);
    }
    assert.deepEqual([pin("full"), pin("everywhere")], [full, everywhere]);
    assert.equal(cluster.writes.length, 20);
    assert.equal(summary(result), "10 pins had too few copies: 10 topped up.");
    assert.equal(summary(await run()), "All pins have as many copies as they ask for.");
  });

  it("leaves alone what would be moved, or can't have more, and says why", async () => {
    cluster.live = new Set(["a", "b"]);
    cluster.put(pinOn("away", ["a", "d"]), pinOn("all", ["a", "b"]), pinOn("both", ["c", "d"]));
    const result = await run();
    assert.deepEqual(cluster.writes, []);
    assert.equal(
      summary(result),
      "3 pins had too few copies: 0 topped up; 2 left, as a peer that they are on is away; 1 left, as there is no further peer to put them on.",
    );
  });

  it("gives as many as there are peers for, and only peers that it knows", async () => {
    cluster.live = new Set(["a", "b", "c", "stranger"]);
    cluster.put(pinOn("wide", ["a", "b"], { replication_factor_max: 5 }));
    await run();
    assert.equal(pin("wide").replication_factor_max, 5);
    assert.deepEqual(pin("wide").allocations?.slice(0, 2), ["a", "b"]);
  });

  it("leaves alone pins whose options can't be given again", async () => {
    cluster.put(
      pinOn("meta", [], { type: "meta-pin" }),
      pinOn("dying", ["a", "b"], { expire_at: "2026-01-01T00:05:00Z" }),
      pinOn("origins", ["a", "b"], { origins: ["/dns4/example.org/tcp/4001"] }),
      pinOn("large", ["a", "b"], { shard_size: 2 ** 60 }),
      pinOn("bytes", ["a", "b"], { name: "\uFFFD" }),
      pinOn("key", ["a", "b"], { metadata: { "": "x" } }),
    );
    const result = await run();
    assert.deepEqual(cluster.writes, []);
    assert.equal(
      [...result.left.values()].reduce((sum, count) => sum + count),
      5,
    );
    assert.equal(result.failed, 0);
  });

  it("leaves a pin alone that changes in between, and lets who changed it have it their way", async () => {
    cluster.put(pinOn("mine", ["a", "b"]), pinOn("other", ["a", "b"]));
    const theirs = pinOn("mine", ["a"], { replication_factor_min: 1, replication_factor_max: 1 });
    cluster.onWrite = ({ after }) => after.cid === "mine" && cluster.put(theirs);
    const result = await run();
    assert.deepEqual(pin("mine"), theirs);
    assert.equal(cluster.writes.filter(({ after }) => after.cid === "mine").length, 1);
    assert.equal(pin("other").allocations?.length, 3);
    assert.deepEqual([...result.left], [["they changed meanwhile", 1]]);
  });

  it("leaves a pin alone that was removed in between", async () => {
    cluster.put(pinOn("gone", ["a", "b"]));
    cluster.onWrite = () => cluster.pins.delete("gone");
    await run();
    assert.ok(!cluster.pins.has("gone"));
  });

  it("leaves alone what changes or goes while the others of its batch are waited for", async () => {
    cluster.put(pinOn("unpinned", ["a", "b"]), pinOn("renamed", ["a", "b"]), pinOn("late", ["a", "b"]));
    cluster.onWrite = ({ after }) => {
      // It is seen no more, so all wait for it.
      if (after.cid === "late") cluster.put(pinOn("late", ["a"], { name: "other" }));
    };
    const start = now;
    meanwhile = () => {
      if (now - start < 2_000) return;
      cluster.pins.delete("unpinned");
      cluster.put(pinOn("renamed", ["a", "b"], { name: "theirs" }));
      meanwhile = () => {};
    };
    const { done } = await run();
    assert.equal(done, 0);
    assert.ok(!cluster.pins.has("unpinned"));
    assert.equal(pin("renamed").name, "theirs");
  });

  it("puts right what a run that was cut short left, and never takes the mark for the pin's own", async () => {
    const before = pinOn("cut", ["a", "b"], { metadata: { owner: "me" }, name: "it" });
    cluster.put(before);
    cluster.onWrite = () => {
      throw new Error("cut");
    };
    await run().catch(() => undefined);
    cluster.onWrite = () => {};
    assert.equal(pin("cut").metadata?.[mark], "2/3");
    const { done } = await run();
    assert.equal(done, 1);
    assert.ok(same(pin("cut"), { ...before, allocations: ["a", "b", "c"] }));
  });

  it("does not lower a minimum while peers are away that the pin would be moved from", async () => {
    cluster.put(pinOn("cut", ["a", "b", "c"], { replication_factor_min: 3, metadata: { [mark]: "2/3" } }));
    cluster.live = new Set(["a", "d"]);
    await run();
    assert.deepEqual(cluster.writes, []);
    cluster.live = new Set(["a", "b", "c", "d"]);
    await run();
    assert.ok(same(pin("cut"), pinOn("cut", ["a", "b", "c"])));
  });

  it("waits until a write is seen before the next, as batching delays it", async () => {
    cluster.delay = 4;
    cluster.put(...["x", "y", "z", "u"].map((cid) => pinOn(cid, ["a", "b"])));
    assert.equal((await run()).done, 4);
    cluster.delay = 0;
    await run();
    for (const cid of ["x", "y", "z", "u"]) assert.ok(same(pin(cid), pinOn(cid, ["a", "b", "c"])), cid);
  });

  it("goes on to the next few only when these are pinned, or have had their time", async () => {
    const cids = Array.from({ length: 6 }, (_, index) => `p${index}`);
    cluster.put(...cids.map((cid) => pinOn(cid, ["a", "b"])));
    cluster.statuses.set("p0 c", "pinning");
    const start = now;
    await run();
    assert.ok(now - start >= 5_000 && now - start < 8_000, `${now - start} ms`);
  });

  it("stops when its time is up, or it is told to, with nothing half done", async () => {
    const cids = Array.from({ length: 9 }, (_, index) => `p${index}`);
    cluster.put(...cids.map((cid) => pinOn(cid, ["a", "b"])));
    for (const cid of cids) cluster.statuses.set(`${cid} c`, "pinning");
    const result = await run({ duration: 8 });
    assert.deepEqual([result.done, [...result.left]], [6, [["no time was left: the next run goes on", 3]]]);
    assert.ok([...cluster.pins.values()].every(({ metadata }) => metadata?.[mark] === undefined));
    const stopped = AbortSignal.abort();
    assert.equal((await run({}, stopped)).done, 0);
  });

  it("says what ipfs-cluster refuses, and goes on", async () => {
    cluster.put(pinOn("bad", ["a", "b"], { mode: "direct" }), pinOn("good", ["a", "b"]));
    // A pin that is recursive after all.
    cluster.onWrite = ({ before }) => {
      if (before.cid === "bad") throw new Error("no");
    };
    const result = await run();
    assert.deepEqual([result.done, result.failed], [1, 1]);
    assert.match(log.join(), /bad: POST \/pins\/ipfs\/bad answered 500: .*no/);
  });

  it("fails where it is refused, or where the pinset is cut short", async () => {
    cluster.put(pinOn("short", ["a", "b"]));
    cluster.cut = true;
    await assert.rejects(run(), /GET \/allocations was cut short: context canceled/);
    cluster.cut = false;
    cluster.credentials = "admin:other";
    const api = new RestApi(cluster.url, { username: "admin", password: "wrong" });
    await assert.rejects(
      topUp(api, plan, { now: () => now, sleep: async () => {}, log: () => {} }),
      /GET \/allocations answered 401: .*Unauthorized/,
    );
  });

  it("whatever the pins and peers: moves nothing, changes no option, and is done after one run", async function () {
    this.timeout(60_000);
    const ids = ["a", "b", "c", "d"];
    await fc.assert(
      fc.asyncProperty(anyPins(ids), fc.subarray(ids), async (before, live) => {
        cluster.pins.clear();
        cluster.writes.length = 0;
        cluster.live = new Set(live);
        cluster.put(...before);
        const { short, done, failed, left } = await run();
        assert.equal(failed, 0, log.join());
        assert.equal(done + [...left.values()].reduce((sum, count) => sum + count, 0), short);
        for (const old of before) {
          const after = pin(old.cid);
          assert.ok(sameOptions(after, old), JSON.stringify([old, after]));
          for (const id of old.allocations ?? [])
            assert.ok(after.allocations?.includes(id), "an allocation was taken away");
        }
        cluster.writes.length = 0;
        assert.equal((await run()).done, 0);
        assert.deepEqual(cluster.writes, []);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a pin's options", () => {
  it("are asked for in the words of the REST API", () => {
    const pin = pinOn("x", ["a"], {
      name: "a&b=c ;+",
      mode: "direct",
      shard_size: 7,
      expire_at: "2030-02-03T04:05:06+02:00",
      metadata: { "k=1": "v&2" },
      origins: ["/ip4/192.0.2.1/tcp/4001/p2p/Q"],
    });
    assert.equal(
      String(optionsQuery(pin, ["p", "q"])),
      "replication-min=2&replication-max=3&name=a%26b%3Dc+%3B%2B&mode=direct&shard-size=7&user-allocations=p%2Cq&expire-at=2030-02-03T04%3A05%3A06%2B02%3A00&meta-k%3D1=v%262&origins=%2Fip4%2F192.0.2.1%2Ftcp%2F4001%2Fp2p%2FQ",
    );
    assert.equal(
      String(optionsQuery(pinOn("x", []))),
      "replication-min=2&replication-max=3&name=&mode=recursive&shard-size=0&user-allocations=",
    );
  });
});
