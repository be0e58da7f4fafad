import assert from "node:assert/strict";
import fc from "fast-check";
import { parseQuantity } from "../../../components/settings";
import { kuboConfig, serviceJson } from "../../../components/workload";
import { goMemoryLimit, networkMemory, pebbleSizes } from "../../../components/workload/memory";
import { peerIdsOf, peersOf, samples } from "./samples";

const mebibyte = 2 ** 20;

describe("memory", () => {
  it("that caches and the network may take leaves half of Go's limit, and that leaves room below the container's", () => {
    fc.assert(
      fc.property(fc.integer({ min: mebibyte, max: 2 ** 40 }), (limit) => {
        const { cache, memTable, memTables } = pebbleSizes(limit);
        const go = Number(goMemoryLimit(limit));
        assert.ok(go < limit * 0.9 && go > limit * 0.8);
        assert.ok(networkMemory(limit) + cache + memTable * memTables <= limit / 2);
        for (const size of [cache, memTable, networkMemory(limit), go]) assert.ok(Number.isInteger(size) && size > 0);
      }),
    );
  });

  it("of pebble's tables stops growing where more would only make restarts slow", () => {
    assert.equal(pebbleSizes(2 ** 40).memTable, 64 * mebibyte);
  });

  it("goes by each container's own limit", () => {
    for (const { about, settings } of samples) {
      const kubo = kuboConfig(settings, peersOf(settings), 0) as { Swarm: { ResourceMgr: { MaxMemory: string } } };
      const service = serviceJson(settings, peerIdsOf(settings)) as {
        cluster: { resource_manager: { memory_limit_bytes: number } };
        datastore: { pebble: { pebble_options: Record<string, number> } };
      };
      const limit = (name: "kubo" | "cluster") => parseQuantity(settings[name].resources.limits.memory);
      assert.equal(kubo.Swarm.ResourceMgr.MaxMemory, `${limit("kubo") / 4}B`, about);
      assert.equal(service.cluster.resource_manager.memory_limit_bytes, limit("cluster") / 4, about);
      const { cache_size_bytes, mem_table_size, mem_table_stop_writes_threshold } =
        service.datastore.pebble.pebble_options;
      assert.ok(cache_size_bytes + mem_table_size * mem_table_stop_writes_threshold <= limit("cluster") / 4, about);
    }
  });
});
