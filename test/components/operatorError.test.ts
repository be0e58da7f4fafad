import assert from "node:assert/strict";
import { inspect } from "node:util";
import { OperatorError } from "../../components/operatorError";

describe("an operator's error", () => {
  it("is formatted at once, and without the frames that nobody is shown", () => {
    const start = Date.now();
    assert.doesNotMatch(inspect(new OperatorError("mend this"), { colors: true }), /node_modules/);
    assert.ok(Date.now() - start < 1_000);
  });
});
