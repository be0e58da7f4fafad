import assert from "node:assert/strict";
import { parseDuration } from "../../../components/settings";

describe("a duration", () => {
  it("is read as Go reads it", () => {
    const durations = { "30s": 30, "1m30s": 90, "1.5h": 5400, "250ms": 0.25, "1h1m1s": 3661 };
    for (const [text, seconds] of Object.entries(durations)) assert.equal(parseDuration(text), seconds, text);
  });
});
