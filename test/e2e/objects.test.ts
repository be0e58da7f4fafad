import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { OperatorError } from "../../components/operatorError";
import { anyAccepted } from "../components/settings/anyAccepted";
import openapi from "../fixtures/kubernetes/openapi.generated.json";
import { everyStack } from "../program/everyStack";
import { lintExceptions, warningExceptions } from "../program/lintExceptions";
import { resourcesOf } from "../program/objects";
import { type Graph, runOrRefusal, runProgram } from "../support/graph";
import { builtInDefinitions, hasSchema } from "../support/schemas";
import { DryRun } from "./support/dryRun";
import { type AnyObject, type Finding, Linters } from "./support/linters";
import { everything, node, theNode } from "./support/shared";

/** Kinds whose definitions no module that can be pinned holds. */
const withoutSchema = new Set(["cloud.google.com/v1/BackendConfig"]);

/** Warnings, and a class of priority that only the settings name. */
const expected = /^Warning: |no PriorityClass with name/;

describe("the objects of every stack", function () {
  this.timeout(600_000);
  let directory: string;
  let linters: Linters;
  let dryRun: DryRun;
  const stacks = new Map<string, AnyObject[]>();
  let looked = 0;

  before(async () => {
    await theNode();
    directory = await mkdtemp(join(tmpdir(), "objects-"));
    linters = await Linters.in(directory);
    dryRun = await DryRun.on(node);
    for (const { about, stack, settings } of everyStack) {
      const objects = objectsOf(await runProgram({ stack, settings }));
      stacks.set(about, objects);
      looked += objects.length;
    }
  });
  after(async () => {
    await dryRun?.end();
    await rm(directory, { recursive: true, force: true });
    console.log(`      ${looked} objects`);
  });

  it("are of kinds whose schemas are those of the API server itself", async () => {
    assert.deepEqual(
      builtInDefinitions(await dryRun.openApi()),
      openapi.definitions,
      "kubectl get --raw /openapi/v2 | npx ts-node test/support/writeOpenApi.ts",
    );
    for (const { apiVersion, kind } of [...stacks.values()].flat()) assert.ok(hasSchema(apiVersion, kind), kind);
  });

  it("pass kubeconform -strict", async () => {
    const faults: string[] = [];
    for (const [about, objects] of stacks) {
      for (const fault of await linters.kubeconform(about, objects)) faults.push(`${about}: ${fault}`);
    }
    assert.deepEqual(faults, []);
  });

  it("pass kube-score, but for what is listed with a reason, and all of that occurs", async () => {
    const findings = new Map<string, Finding>();
    for (const [about, objects] of stacks) {
      for (const each of await linters.kubeScore(about, objects)) {
        findings.set(`${about}: ${each.check}, ${each.object}: ${each.text}`, each);
      }
    }
    const excepted = ({ check, object }: Finding) =>
      lintExceptions.find((exception) => exception.check === check && exception.objects.test(object));
    assert.deepEqual(
      [...findings].filter(([, finding]) => !excepted(finding)).map(([text]) => text),
      [],
    );
    const used = new Set([...findings.values()].map(excepted));
    assert.deepEqual(
      lintExceptions.filter((exception) => !used.has(exception)),
      [],
      "these no longer occur",
    );
  });

  it("are taken by the API server in a dry run, their pods by a namespace that enforces restricted ones", async () => {
    const faults: string[] = [];
    for (const [about, objects] of stacks) {
      for (const fault of await dryRun.faults(objects)) faults.push(`${about}: ${fault}`);
    }
    const excepted = (fault: string) => warningExceptions.find(({ warning }) => warning.test(fault));
    assert.deepEqual(
      faults.filter((fault) => !excepted(fault)),
      [],
    );
    const used = new Set(faults.map(excepted));
    assert.deepEqual(
      warningExceptions.filter((exception) => !used.has(exception)),
      [],
      "these no longer occur",
    );
  });

  it("are taken in a dry run too where settings are made up", async () => {
    const all: string[] = [];
    let objects = 0;
    const made = fc.sample(anyAccepted, everything ? 100 : 5);
    for (const { stack, settings } of made) {
      const graph = await runOrRefusal({ stack, settings });
      // Some want secrets that are not in the stack file.
      if (graph instanceof OperatorError) continue;
      const found = objectsOf(graph).filter(({ apiVersion, kind }) => hasSchema(apiVersion, kind));
      objects += found.length;
      const faults = (await dryRun.faults(found)).filter((fault) => !expected.test(fault));
      all.push(...faults.map((fault) => `${fault} ${JSON.stringify({ stack, settings })}`));
    }
    assert.deepEqual(all, []);
    assert.ok(objects > 0);
    looked += objects;
  });

  it("would not be taken, or passed, if they were unsound", async () => {
    const [objects] = stacks.values();
    const set = objects.find(({ kind }) => kind === "StatefulSet") as AnyObject & { spec: PodSet };
    const { template } = set.spec;
    const unsound = (spec: object) => ({ ...set, spec: { ...set.spec, template: { ...template, spec } } });
    const misspelt = unsound({ ...template.spec, dnsConfg: {} });
    const privileged = unsound({ ...template.spec, securityContext: {} });
    const badPort = unsound({ ...template.spec, hostNetwork: true });
    const others = objects.filter((object) => object !== set);
    assert.match((await linters.kubeconform("misspelt", [...others, misspelt])).join(), /dnsConfg/);
    assert.match(JSON.stringify(await linters.kubeScore("privileged", [...others, privileged])), /user-group-id/);
    assert.match((await dryRun.faults([misspelt])).join(), /unknown field .*dnsConfg/);
    assert.match((await dryRun.faults([badPort])).join(), /violates PodSecurity/);
  });
});

interface PodSet {
  readonly template: { readonly spec: object };
}

function objectsOf(graph: Graph): AnyObject[] {
  return resourcesOf(graph)
    .filter(({ type }) => !type.startsWith("kubernetes:helm.sh/"))
    .map(({ state }) => state as unknown as AnyObject)
    .filter(({ apiVersion, kind }) => !withoutSchema.has(`${apiVersion}/${kind}`));
}
