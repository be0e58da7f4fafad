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

  it("marks the tests of the long run, and no others", () => {
    const proofs = listed(readFileSync(join(root, "docs", "features.md"), "utf8")).flatMap(({ proofs }) => proofs);
    assert.ok(proofs.some(({ long }) => long));
    assert.deepEqual(
      proofs.filter(({ file, name, long }) => long !== onlyInTheLongRun(file, name)),
      [],
    );
  });
});

interface Feature {
  readonly text: string;
  readonly proofs: { readonly file: string; readonly name: string; readonly long: boolean }[];
}

/** The list items of the page up to the parts that are about what has no test, with the tests below each. */
function listed(page: string): Feature[] {
  const features: Feature[] = [];
  for (const line of page.split("\n## Documented, with no test")[0].split("\n")) {
    const [, text] = /^- (.+)$/.exec(line) ?? [];
    const [, file, name, long] = /^ {2}- `(test\/\S+)` "(.+)"( \(--all\))?$/.exec(line) ?? [];
    if (text) features.push({ text, proofs: [] });
    else if (file) features[features.length - 1].proofs.push({ file, name, long: long !== undefined });
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

/** Whether a test, or all of its file, is skipped but under `--all`. */
function onlyInTheLongRun(file: string, name: string): boolean {
  const source = readFileSync(join(root, file), "utf8");
  const skips = /^[^\n]*function \(\) \{\s*(\/\/[^\n]*\s*)?if \(!everything\) return this\.skip\(\);/;
  const [, before] = source.split(/\bbefore\(/);
  if (before && skips.test(before)) return true;
  return skips.test(source.slice(source.indexOf(`it("${name}"`)));
}
