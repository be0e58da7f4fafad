import assert from "node:assert/strict";
import { compare } from "bcryptjs";
import fc from "fast-check";
import { GeneratedProvider } from "../../local/plugins/generated/provider";
import { type Call, type PropertyMap, reveal, Secret, secret, unknown } from "../../local/plugins/protocol/index";
import { randomString, type StringRecipe } from "../../local/plugins/random/characters";
import { randomTypes } from "../../local/plugins/random/types";

const provider = new GeneratedProvider({ name: "random", version: "4.21.2" }, randomTypes);
const call: Call = {
  signal: new AbortController().signal,
  timeoutSeconds: undefined,
  log: () => {},
  status: () => {},
};

const password = "random:index/randomPassword:RandomPassword";
const resource = (type: string) => ({ urn: `urn:pulumi:dev::p::${type}::x`, type, name: "x" });

const create = (type: string, inputs: PropertyMap, preview = false) =>
  provider.create({ ...resource(type), inputs, preview }, call);

const check = (type: string, inputs: PropertyMap) =>
  provider.check({ ...resource(type), oldInputs: {}, inputs, autonaming: undefined, randomSeed: new Uint8Array() });

async function diff(oldOutputs: PropertyMap, inputs: PropertyMap, type = password) {
  const { detailedDiff } = await provider.diff({
    ...resource(type),
    id: "x",
    oldInputs: {},
    oldOutputs,
    inputs,
    ignoreChanges: [],
  });
  return detailedDiff;
}

describe("local random provider: random strings", () => {
  const anyRecipe: fc.Arbitrary<StringRecipe> = fc
    .record({
      upper: fc.boolean(),
      lower: fc.boolean(),
      numeric: fc.boolean(),
      special: fc.boolean(),
      minUpper: fc.nat(5),
      minLower: fc.nat(5),
      minNumeric: fc.nat(5),
      minSpecial: fc.nat(5),
      overrideSpecial: fc.constantFrom("", "_", "ÄÖ😀"),
      extra: fc.nat(20),
    })
    .filter(({ upper, lower, numeric, special }) => upper || lower || numeric || special)
    .map(({ extra, ...recipe }) => ({
      ...recipe,
      length: Math.max(1, extra + recipe.minUpper + recipe.minLower + recipe.minNumeric + recipe.minSpecial),
    }));

  it("have the length, the minima and only the characters that were asked for", () => {
    fc.assert(
      fc.property(anyRecipe, (recipe) => {
        const special = [...(recipe.overrideSpecial || "!@#$%&*()-_=+[]{}<>:?")];
        const characters = [...randomString(recipe)];
        const count = (test: (character: string) => boolean) => characters.filter(test).length;
        const counts = {
          upper: count((character) => /[A-Z]/.test(character)),
          lower: count((character) => /[a-z]/.test(character)),
          numeric: count((character) => /[0-9]/.test(character)),
          special: count((character) => special.includes(character)),
        };
        assert.equal(characters.length, recipe.length);
        assert.equal(counts.upper + counts.lower + counts.numeric + counts.special, recipe.length);
        assert.ok(counts.upper >= recipe.minUpper && (recipe.upper || counts.upper === recipe.minUpper));
        assert.ok(counts.lower >= recipe.minLower && (recipe.lower || counts.lower === recipe.minLower));
        assert.ok(counts.numeric >= recipe.minNumeric && (recipe.numeric || counts.numeric === recipe.minNumeric));
        assert.ok(counts.special >= recipe.minSpecial && (recipe.special || counts.special === recipe.minSpecial));
      }),
    );
  });

  it("favour no character: 16,000 hex digits pass a chi-squared test that a fair source fails once in a billion", () => {
    const recipe = { upper: false, lower: false, numeric: true, special: true, overrideSpecial: "abcdef" };
    const minima = { minUpper: 0, minLower: 0, minNumeric: 0, minSpecial: 0 };
    const drawn = randomString({ ...recipe, ...minima, length: 16_000 });
    const counts = [..."0123456789abcdef"].map((digit) => drawn.split(digit).length - 1);
    const expected = 1000;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    assert.ok(chiSquared < 73, `chi squared is ${chiSquared}`);
  });

  it("do not put the required characters first", () => {
    const recipe = { upper: true, lower: true, numeric: true, special: false, overrideSpecial: "" };
    const minima = { minUpper: 0, minLower: 0, minNumeric: 1, minSpecial: 0 };
    const firsts = Array.from({ length: 200 }, () => randomString({ ...recipe, ...minima, length: 40 })[0] as string);
    assert.ok(firsts.filter((character) => /[0-9]/.test(character)).length < 150);
  });
});

describe("local random provider: RandomPassword", () => {
  it("stores what the official provider stores", async () => {
    const { id, outputs } = await create(password, { length: 16, minUpper: 2 });
    assert.equal(id, "none");
    assert.ok(outputs.result instanceof Secret && outputs.bcryptHash instanceof Secret);
    const { result, bcryptHash, ...rest } = reveal(outputs);
    assert.ok(await compare(String(result), String(bcryptHash)));
    assert.deepEqual(rest, {
      __meta: '{"schema_version":"3"}',
      id: "none",
      length: 16,
      lower: true,
      minLower: 0,
      minNumeric: 0,
      minSpecial: 0,
      minUpper: 2,
      number: true,
      numeric: true,
      special: true,
      upper: true,
    });
  });

  it("keeps the inputs as the user wrote them", async () => {
    const { inputs, failures } = await check(password, { length: 8 });
    assert.deepEqual(inputs, { length: 8 });
    assert.deepEqual(failures, []);
  });

  it("stays the same when nothing changes, when a default is written out and when a map has gained a null", async () => {
    const { outputs } = await create(password, { length: 8, keepers: { a: "1" } });
    const same: PropertyMap[] = [
      { length: 8, keepers: { a: "1" } },
      { length: 8, keepers: { a: "1" }, upper: true, number: true, overrideSpecial: null },
      { length: 8, keepers: { a: "1", b: null } },
    ];
    for (const inputs of same) assert.deepEqual(await diff(outputs, inputs), {});
  });

  it("is replaced by any change of an input", async () => {
    const { outputs } = await create(password, { length: 8, keepers: { a: "1", "b.c": "2" }, overrideSpecial: "_" });
    const cases: [PropertyMap, string, "add" | "delete" | "update"][] = [
      [{ length: 9, keepers: { a: "1", "b.c": "2" }, overrideSpecial: "_" }, "length", "update"],
      [{ length: 8, keepers: { a: "2", "b.c": "2" }, overrideSpecial: "_" }, "keepers.a", "update"],
      [{ length: 8, keepers: { a: "1", "b.c": "3" }, overrideSpecial: "_" }, 'keepers["b.c"]', "update"],
      [{ length: 8, keepers: { a: "1" }, overrideSpecial: "_" }, 'keepers["b.c"]', "delete"],
      [{ length: 8, keepers: { a: "1", "b.c": "2", d: "4" }, overrideSpecial: "_" }, "keepers.d", "add"],
      [{ length: 8, keepers: { a: "1", "b.c": "2" } }, "overrideSpecial", "delete"],
      [{ length: 8, keepers: { a: "1", "b.c": "2" }, overrideSpecial: "_", upper: false }, "upper", "update"],
      [{ length: 8, keepers: { a: "1", "b.c": unknown }, overrideSpecial: "_" }, 'keepers["b.c"]', "update"],
    ];
    for (const [inputs, path, kind] of cases) {
      assert.deepEqual(await diff(outputs, inputs), { [path]: { kind, replace: true } }, path);
    }
  });

  it("does not see a difference in secrecy alone", async () => {
    const { outputs } = await create(password, { length: 8, keepers: { a: "1" } });
    assert.deepEqual(await diff(outputs, { length: 8, keepers: { a: secret("1") } }), {});
  });

  it("keeps secret inputs secret in the outputs", async () => {
    const { outputs } = await create(password, { length: 8, keepers: { a: secret("1"), b: "2" } });
    assert.deepEqual(outputs.keepers, { a: new Secret("1"), b: "2" });
  });

  it("is promised in a preview, and nothing is generated", async () => {
    const { outputs } = await create(password, { length: unknown }, true);
    assert.deepEqual(outputs.result, new Secret(unknown));
    assert.equal(outputs.length, unknown);
    assert.equal(outputs.upper, true);
  });

  it("reads back unchanged", async () => {
    const inputs = { length: 8 };
    const { id, outputs } = await create(password, inputs);
    assert.deepEqual(await provider.read({ ...resource(password), id, inputs, outputs }), { id, inputs, outputs });
  });

  it("is imported by its value, and then fits a program that asks for that length", async () => {
    const request = { ...resource(password), id: "correct horse", inputs: undefined, outputs: {} };
    const { id, inputs, outputs } = await provider.read(request);
    assert.equal(id, "none");
    assert.deepEqual(inputs, { length: 13 });
    assert.deepEqual(outputs.result, new Secret("correct horse"));
    assert.deepEqual(await diff(outputs, { length: 13 }), {});
  });

  for (const [inputs, fault] of [
    [{}, "length: is required"],
    [{ length: 0 }, "length: must be at least 1"],
    [{ length: 1.5 }, "length: must be a whole number"],
    [{ length: 8, upper: "yes" }, "upper: must be true or false"],
    [{ length: 8, minupper: 1 }, /^minupper: no such property; there are .*minUpper/],
    [{ length: 8, minUpper: 5, minLower: 4 }, "length: must be at least 9, the sum of all min properties"],
    [{ length: 8, number: true, numeric: false }, /^number: differs from numeric/],
    [{ length: 8, upper: false, lower: false, numeric: false, special: false }, /one of upper, lower/],
  ] as [PropertyMap, string | RegExp][]) {
    it(`refuses ${JSON.stringify(inputs)}`, async () => {
      const { failures = [] } = await check(password, inputs);
      assert.equal(failures.length, 1);
      const text = failures.map(({ property, reason }) => (property ? `${property}: ${reason}` : reason)).join();
      if (typeof fault === "string") assert.equal(text, fault);
      else assert.match(text, fault);
    });
  }
});

describe("local random provider: other types", () => {
  it("says which types there are when asked for another, and where to get it", async () => {
    await assert.rejects(
      create("random:index/randomPet:RandomPet", {}),
      /RandomPassword.*pulumi plugin install resource random v4.21.2/,
    );
  });

  it("draws an integer from the whole range, both ends included", async () => {
    const type = "random:index/randomInteger:RandomInteger";
    const drawn = new Set<unknown>();
    for (let i = 0; i < 200; i++) drawn.add((await create(type, { min: -1, max: 1 })).outputs.result);
    assert.deepEqual([...drawn].sort(), [-1, 0, 1].sort());
    const { failures } = await check(type, { min: 2, max: 1 });
    assert.deepEqual(failures, [{ property: "min", reason: "must not be larger than max" }]);
  });

  it("refuses a seed, whose numbers it could not draw as the official provider does", async () => {
    const { failures } = await check("random:index/randomInteger:RandomInteger", { min: 1, max: 2, seed: "s" });
    assert.equal(failures?.[0]?.property, "seed");
  });

  it("writes one RandomId in four ways, each with the prefix", async () => {
    const { id, outputs } = await create("random:index/randomId:RandomId", { byteLength: 8, prefix: "p-" });
    const bytes = Buffer.from(id, "base64url");
    assert.equal(bytes.length, 8);
    assert.equal(outputs.b64Url, `p-${id}`);
    assert.equal(outputs.b64Std, `p-${bytes.toString("base64")}`);
    assert.equal(outputs.hex, `p-${bytes.toString("hex")}`);
    assert.equal(outputs.dec, `p-${bytes.readBigUInt64BE()}`);
  });

  it("marks RandomBytes secret", async () => {
    const { outputs } = await create("random:index/randomBytes:RandomBytes", { length: 32 });
    assert.ok(outputs.base64 instanceof Secret && outputs.hex instanceof Secret);
    const { base64, hex } = reveal(outputs);
    assert.equal(Buffer.from(String(base64), "base64").toString("hex"), hex);
    assert.equal(String(hex).length, 64);
  });

  it("imports every type by the id that the official provider takes", async () => {
    const cases: [string, string, string, PropertyMap][] = [
      ["RandomString", "abc", "abc", { length: 3, result: "abc" }],
      ["RandomUuid", "u-u-i-d", "u-u-i-d", { result: "u-u-i-d" }],
      ["RandomInteger", "2,1,3", "2", { result: 2, min: 1, max: 3 }],
      ["RandomId", "p,AAE", "AAE", { byteLength: 2, prefix: "p", hex: "p0001" }],
      ["RandomBytes", "AAE=", "AAE=", { length: 2, hex: new Secret("0001") }],
    ];
    for (const [name, importId, expectedId, expected] of cases) {
      const type = `random:index/${name.replace("R", "r")}:${name}`;
      const { id, outputs } = await provider.read({ ...resource(type), id: importId, inputs: undefined, outputs: {} });
      assert.equal(id, expectedId, name);
      const found = Object.fromEntries(Object.keys(expected).map((key) => [key, outputs[key]]));
      assert.deepEqual(found, expected, name);
    }
  });
});
