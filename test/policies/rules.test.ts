import assert from "node:assert/strict";
import { rules } from "../../policies/index";
import { fixtures } from "./fixtures";
import { judge } from "./judge";

describe("the policies", () => {
  it("have fixtures for every rule but the one that speaks of the others", () => {
    const names = rules.map(({ name }) => name).filter((name) => name !== "judged-in-full");
    assert.deepEqual(Object.keys(fixtures).sort(), names.sort());
  });
});

for (const [rule, { fails, passes }] of Object.entries(fixtures)) {
  describe(`policy ${rule}`, () => {
    for (const { about, resources, given = {}, environment, at } of fails) {
      it(`stops ${about}`, () => {
        const { violations } = judge(resources, { configuration: { [rule]: given }, environment, rule });
        const own = violations.map(({ message }) => message);
        for (const message of own) {
          assert.ok(
            at.some((each) => message.startsWith(each)),
            `unexpected: ${message}`,
          );
          assert.match(message, /\. Fix: /);
        }
        for (const each of at) {
          assert.ok(
            own.some((message) => message.startsWith(each)),
            `missing: ${each}`,
          );
        }
        assert.equal(own.length, at.length);
      });
    }
    for (const { about, resources, given = {}, environment } of passes) {
      it(`lets ${about} pass`, () => {
        const { violations } = judge(resources, { configuration: { [rule]: given }, environment, rule });
        assert.deepEqual(violations, []);
      });
    }
  });
}

describe("what the policies say", () => {
  it("never holds a value that may be a secret", () => {
    let values = 0;
    for (const [rule, { fails }] of Object.entries(fixtures)) {
      for (const { about, resources, given = {}, environment } of fails) {
        const hidden = resources.flatMap(({ inputs }) => [...mayBeSecret(inputs)]);
        values += hidden.length;
        for (const { message } of judge(resources, { configuration: { [rule]: given }, environment }).violations) {
          for (const value of hidden) assert.ok(!message.includes(value), `${rule}, ${about}: ${message}`);
        }
      }
    }
    assert.ok(values > 20, `only ${values} values were looked for`);
  });
});

/** Texts that somebody may have put a secret into, in a resource's properties. */
function* mayBeSecret(node: unknown, isSecret = false): Generator<string> {
  if (typeof node === "string") {
    if (isSecret && node.length > 8) yield* [node, ...parts(node)];
  } else if (typeof node === "object" && node !== null) {
    for (const [key, value] of Object.entries(node)) {
      const secret = isSecret || /^(stringData|data|annotations|values|value|args|command)$/.test(key);
      yield* mayBeSecret(value, secret);
    }
  }
}

/** The texts in a file that is JSON, or base64 of it. */
function parts(text: string): string[] {
  for (const file of [text, Buffer.from(text, "base64").toString()]) {
    try {
      return [...mayBeSecret(JSON.parse(file), true)];
    } catch {
      // It is no JSON.
    }
  }
  return [];
}
