import assert from "node:assert/strict";
import { ours } from "./ours";

describe("the objects that are measured", () => {
  for (const topology of ["paired", "colocated"] as const) {
    it(`are the program's own, ${topology}, each with a name`, async () => {
      const { objects } = await ours(3, topology);
      const kinds = new Set(objects.map(({ kind }) => kind));
      for (const kind of ["StatefulSet", "NetworkPolicy", "CronJob", "Secret", "ConfigMap"])
        assert.ok(kinds.has(kind), kind);
      for (const { kind, metadata } of objects) assert.match(metadata?.name ?? "", /^[a-z0-9-]+$/, kind);
    });
  }
});
