import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import Ajv from "ajv/dist/2020";
import fc from "fast-check";
import { parse } from "yaml";
import { resolveSettings, settingsOfStackFile } from "../../../components/settings";
import { editorSchema, schemaFile } from "../../../components/settings/editorSchema";
import { anySettings } from "./anySettings";

const root = path.join(__dirname, "..", "..", "..");
const schema = JSON.parse(editorSchema());
const fits = new Ajv({ strict: false, validateFormats: false }).compile(schema);
const stackFiles = committed();

/** What git knows of: other stack files are somebody's own. Without git, as in an archive of the sources, there are no others. */
function committed(): string[] {
  try {
    const options = { cwd: root, encoding: "utf8", stdio: "pipe" } as const;
    return execFileSync("git", ["ls-files", "Pulumi.*.yaml"], options).trim().split("\n");
  } catch {
    return readdirSync(root).filter((file) => /^Pulumi\..+\.yaml$/.test(file));
  }
}

/** A stack file's data with these settings. */
const stackFile = (settings: Record<string, unknown>) => ({
  config: Object.fromEntries(
    Object.entries({ environment: "dev", ...settings }).map(([key, value]) => [`ipfs-cluster:${key}`, value]),
  ),
});

describe("the editors' schema", () => {
  it("is current", () => {
    assert.equal(readFileSync(schemaFile, "utf8"), editorSchema(), "run: npm run schema");
  });

  for (const file of stackFiles) {
    it(`takes ${file}, and so does the program`, () => {
      const data = parse(readFileSync(path.join(root, file), "utf8"));
      assert.ok(fits(data));
      const stack = /^Pulumi\.(.*)\.yaml$/.exec(file)?.[1] ?? "";
      assert.equal(resolveSettings(settingsOfStackFile(data), { stack }).stack, stack);
    });
  }

  it("takes every sound stack file", () => {
    fc.assert(
      fc.property(anySettings, (settings) => fits(stackFile(settings))),
      { numRuns: 50 },
    );
  });

  it("takes encrypted identities, what Pulumi adds, and other namespaces", () => {
    const { config } = stackFile({ identity: { secure: "v1:abc" } });
    assert.ok(fits({ encryptionsalt: "v1:x", config: { ...config, "kubernetes:context": "kind" } }));
    assert.ok(!fits(stackFile({ identity: "in clear" })));
  });

  for (const settings of [
    { environment: "production" },
    { replica: 3 },
    { replicas: 0 },
    { replicas: 2.5 },
    { replication: { min: 1 } },
    { replication: "all" },
    { allocateBy: ["free"] },
    { kubo: { volume: { size: "10 GB" } } },
    { kubo: { volumes: {} } },
    { kubo: { tolerations: [{ ky: "x" }] } },
    { kubo: { nodeSelector: { "a b": "c" } } },
    { namespace: { name: "x".repeat(64) } },
    { kubernetes: { context: "" } },
  ]) {
    it(`refuses ${JSON.stringify(settings)}`, () => assert.ok(!fits(stackFile(settings))));
  }

  it("refuses a file without an environment, or without config", () => {
    assert.ok(!fits({ config: {} }));
    assert.ok(!fits({}));
  });

  it("describes every setting at the top", () => {
    const { properties } = (schema.properties as { config: { properties: Record<string, { description?: string }> } })
      .config;
    const undescribed = Object.keys(properties).filter((key) => !properties[key].description);
    assert.deepEqual(undescribed, [
      "ipfs-cluster:namespace",
      "ipfs-cluster:kubo",
      "ipfs-cluster:cluster",
      "ipfs-cluster:podSecurity",
      "ipfs-cluster:volumes",
      "ipfs-cluster:kubernetes",
    ]);
  });
});
