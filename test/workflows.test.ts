import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "@pulumi/pulumi/package.json";
import { parse } from "yaml";

const folder = join(__dirname, "..", ".github", "workflows");

interface Workflow {
  readonly on: Readonly<Record<string, object>>;
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<string, { readonly if: string; readonly environment: string; readonly steps: readonly Step[] }>
  >;
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

for (const file of readdirSync(folder)) {
  const text = readFileSync(join(folder, file), "utf8");
  const workflow = parse(text) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  describe(`the workflow ${file}`, () => {
    it("may only read the repository, and keeps no token of it", () => {
      assert.deepEqual(workflow.permissions, { contents: "read" });
      for (const job of Object.values(workflow.jobs)) assert.ok(!("permissions" in job));
      const [checkout] = steps;
      assert.equal(checkout.with?.["persist-credentials"], false);
    });

    it("runs exactly the commits of others' actions that were looked at", () => {
      const lines = text.split("\n").filter((line) => line.includes("uses:"));
      assert.ok(lines.length >= 3);
      for (const line of lines) assert.match(line, /uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    it("shows secrets to no script of a package, and lets nobody write into its own scripts", () => {
      const install = steps.findIndex(({ run }) => run?.startsWith("npm ci"));
      assert.equal(steps[install].run, "npm ci --ignore-scripts");
      for (const { env = {} } of steps.slice(0, install + 1)) assert.doesNotMatch(JSON.stringify(env), /secrets\./);
      assert.doesNotMatch(text.slice(0, text.indexOf("steps:")), /secrets\./);
      for (const { run = "" } of steps) assert.ok(!run.includes("${{"), run);
    });

    it("asks the policies, by the program's own version of Pulumi, in an environment that can be guarded", () => {
      const pulumi = steps.filter(({ uses }) => uses?.startsWith("pulumi/actions@"));
      const isUpdate = file === "up.yml";
      assert.deepEqual(
        pulumi.map((step) => step.with?.command),
        isUpdate ? ["preview", "up"] : ["preview"],
      );
      for (const step of pulumi) {
        assert.equal(step.with?.policyPacks, "policies");
        assert.equal(step.with?.["pulumi-version"], version);
      }
      assert.deepEqual(Object.keys(workflow.on), [isUpdate ? "push" : "pull_request"]);
      assert.deepEqual(
        Object.values(workflow.jobs).map(({ environment }) => environment),
        [isUpdate ? "production" : "preview"],
      );
    });
  });
}
