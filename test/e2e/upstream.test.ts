import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");

describe("the tables of upstream's names", function () {
  this.timeout("5m"); // the first run downloads the sources of kubo and ipfs-cluster

  let fresh: string;
  before(() => {
    fresh = mkdtempSync(join(tmpdir(), "upstream-"));
    execFileSync("go", ["-C", join(root, "local/upstream"), "run", ".", fresh], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  });
  after(() => rmSync(fresh, { recursive: true, force: true }));

  for (const file of ["kubo.generated.json", "ipfsCluster.generated.json"]) {
    it(`in ${file} are those of the versions that local/toolchain pins`, () => {
      const committed = readFileSync(join(root, "components/upstream", file), "utf8");
      assert.equal(
        committed,
        readFileSync(join(fresh, file), "utf8"),
        "run `npm run upstream` and commit what it writes",
      );
    });
  }
});
