import assert from "node:assert/strict";
import fc from "fast-check";
import { parseQuantity } from "../../../components/settings";
import { suggestQuantity } from "../../../components/settings/quantity";

const powers = { m: -1, "": 0, k: 1, M: 2, G: 3, T: 4, P: 5, E: 6 };
const binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

describe("quantities", () => {
  it("stand for the numbers that Kubernetes takes them for", () => {
    const cases = {
      "0": 0,
      "1.5": 1.5,
      ".5": 0.5,
      "250m": 0.25,
      "1k": 1000,
      "1Ki": 1024,
      "2G": 2e9,
      "1.5Gi": 1.5 * 2 ** 30,
    };
    for (const [text, value] of Object.entries(cases)) assert.equal(parseQuantity(text), value, text);
    assert.ok(Math.abs(parseQuantity("3u") - 3e-6) < 1e-15);
    assert.ok(Math.abs(parseQuantity("3n") - 3e-9) < 1e-18);
  });

  it("round-trip with every suffix", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(...Object.keys(powers), ...binary), (count, suffix) => {
        const unit = suffix.endsWith("i")
          ? 1024 ** (binary.indexOf(suffix) + 1)
          : 1000 ** powers[suffix as keyof typeof powers];
        assert.equal(Math.round(parseQuantity(`${count}${suffix}`) / unit), count);
      }),
    );
  });

  it("of any other form are refused with a RangeError and nothing else", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[-+.0-9]{0,6} ?[kKMGTPEi]{0,3}[bB]?$/));
    fc.assert(
      fc.property(text, (candidate) => {
        try {
          assert.equal(typeof parseQuantity(candidate), "number");
        } catch (error) {
          assert.ok(error instanceof RangeError);
        }
      }),
    );
    for (const text of ["", " 1", "1 ", "-1", "+1", "1GB", "1g", "1e3", "1.", "1KI", "0x10", "1Gi1"]) {
      assert.throws(() => parseQuantity(text), RangeError, text);
    }
  });

  it("that are near misses are understood", () => {
    const meant = {
      "10 GB": "10G",
      "10gb": "10G",
      "10 GiB": "10Gi",
      "5 gi": "5Gi",
      "1.5tb": "1.5T",
      "8 KB": "8k",
      "8kib": "8Ki",
    };
    for (const [text, suggestion] of Object.entries(meant)) assert.equal(suggestQuantity(text), suggestion, text);
    for (const text of ["ten", "", "GB", "1..5 GB", "10 parsecs"]) assert.equal(suggestQuantity(text), undefined, text);
  });

  it("that are suggested are quantities", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^ ?[.\d]{1,6} ?[kmgtpeKMGTPE]i?[bB]? ?$/), (text) => {
        const suggestion = suggestQuantity(text);
        if (suggestion !== undefined) assert.ok(parseQuantity(suggestion) >= 0);
      }),
    );
  });
});
