import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "..", "..");

describe("docs/features.md", () => {
  it("names only tests that there are, and one at least for every feature", () => {
    const features = listed(readFileSync(join(root, "docs", "features.md"), "utf8"));
    assert.ok(features.length > 20, `only ${features.length} features were found`);
    assert.deepEqual(
      features.filter(({ proofs }) => proofs.length === 0).map(({ text }) => text),
      [],
    );
    const missing = features.flatMap(({ proofs }) => proofs.filter(({ file, name }) => !names(file).includes(name)));
    assert.deepEqual(missing, []);
  });
});

interface Feature {
  readonly text: string;
  readonly proofs: { readonly file: string; readonly name: string }[];
}

/** The list items of the page up to the parts that are about what has no test, with the tests below each. */
function listed(page: string): Feature[] {
  const features: Feature[] = [];
  for (const line of page.split("\n## Documented, with no test")[0].split("\n")) {
    const [, text] = /^- (.+)$/.exec(line) ?? [];
    const [, file, name] = /^ {2}- `(test\/\S+)` "(.+)"$/.exec(line) ?? [];
    if (text) features.push({ text, proofs: [] });
    else if (file) features[features.length - 1].proofs.push({ file, name });
  }
  return features;
}

/** Names of a file's tests, as they are written; what is filled in at run time in angle brackets. */
function names(file: string): string[] {
  const source = existsSync(join(root, file)) ? readFileSync(join(root, file), "utf8") : "";
  return [...source.matchAll(/\bit\(\s*(?:"([^"]+)"|`([^`]+)`)/g)].map(([, plain, template]) =>
    (plain ?? template).replace(/\$\{(\w+)\}/g, "<$1>"),
  );
}
