import assert from "node:assert/strict";
import { graphOf } from "./graphs";
import { resourcesOf } from "./objects";

describe("volumes", () => {
  const kept = /:(Namespace|PersistentVolumeClaim)$/;
  const options = async (settings: Record<string, unknown>) => {
    const { resources } = await graphOf(settings);
    const found = resources.filter(({ type }) => kept.test(type));
    assert.equal(found.length, 7);
    return { all: resources, kept: new Set(found.map((each) => `${each.protect} ${each.retainOnDelete}`)) };
  };

  it("are retained by destroy, with their namespace, and protected in prod", async () => {
    assert.deepEqual([...(await options({ environment: "dev" })).kept], ["false true"]);
    assert.deepEqual([...(await options({ environment: "prod" })).kept], ["true true"]);
  });

  it("are deleted only under the one setting that says so", async () => {
    const { kept: found } = await options({ environment: "dev", volumes: { onDestroy: "delete-all-data" } });
    assert.deepEqual([...found], ["false false"]);
  });

  it("are protected when asked to, with the identities that their pins belong to", async () => {
    const { all, kept: found } = await options({ environment: "dev", volumes: { protect: true } });
    assert.deepEqual([...found], ["true true"]);
    const identities = all.filter(({ type }) => /^(random|tls):/.test(type));
    assert.equal(identities.length, 23);
    assert.ok(identities.every(({ protect }) => protect));
  });

  it("are never replaced by their StatefulSet, nor deleted with it", async () => {
    const graph = await graphOf({ environment: "dev" });
    for (const { ignoreChanges, inputs } of resourcesOf(graph, "StatefulSet")) {
      assert.deepEqual(ignoreChanges, ["spec.volumeClaimTemplates"]);
      const { persistentVolumeClaimRetentionPolicy } = inputs.spec as Record<string, unknown>;
      assert.deepEqual(persistentVolumeClaimRetentionPolicy, { whenDeleted: "Retain", whenScaled: "Retain" });
    }
  });
});
