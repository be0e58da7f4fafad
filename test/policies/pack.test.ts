import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import { type AnalyzerInfo, EnforcementLevel } from "@pulumi/pulumi/proto/analyzer_pb";
import Ajv from "ajv";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import config from "../../policies/config.json";
import { rules } from "../../policies/index";
import { policyOf } from "../../policies/rule";
import { object } from "./fixtures/objects";
import { judge } from "./judge";

const page = readFileSync(join(__dirname, "..", "..", "docs", "policies.md"), "utf8");
const levels = Object.fromEntries(
  Object.entries(config).map(([name, { enforcementLevel }]) => [name, enforcementLevel]),
);

describe("policies/config.json", () => {
  it("has a level for every rule, and nothing for others", () => {
    assert.deepEqual(
      Object.keys(config),
      rules.map(({ name }) => name),
    );
    for (const level of Object.values(levels)) assert.match(level, /^(mandatory|advisory)$/);
  });

  it("holds what the rules' schemas allow, and every parameter that they have", () => {
    const ajv = new Ajv();
    for (const rule of rules) {
      const { configSchema } = policyOf(rule);
      const { enforcementLevel, ...given } = config[rule.name as keyof typeof config] as Record<string, unknown>;
      const validate = ajv.compile({ type: "object", additionalProperties: false, ...configSchema });
      assert.ok(validate(given), `${rule.name}: ${JSON.stringify(validate.errors)}`);
      for (const name of Object.keys(rule.parameters ?? {})) assert.ok(name in given, `${rule.name}: ${name}`);
      assert.equal(validate({ exempt: [{ stack: "a" }] }), false, "an exemption without a reason");
    }
  });
});

describe("docs/policies.md", () => {
  it("has every rule with its level, what it wants and why, and no other", () => {
    const rows = page
      .split("\n")
      .flatMap((line) => (/^\| `([\w-]+)` \| (\w+) \| (.+) \| (.+) \|$/.exec(line)?.slice(1) ? [line] : []));
    assert.deepEqual(
      rows,
      rules.map(({ name, what, why }) => `| \`${name}\` | ${levels[name]} | ${what} | ${why} |`),
    );
  });
});

describe("an exemption", () => {
  const claim = object("core/v1:PersistentVolumeClaim", "data-ipfs-0", { spec: {} });
  const found = (exemption: object, environment = "prod") =>
    judge([claim], {
      configuration: { "protected-data": { exempt: [{ reason: "it is a test", ...exemption }] } },
      environment,
    }).violations.length;

  it("is for the stack, the environment and the resource that it names", () => {
    assert.equal(found({ stack: "te*" }), 0);
    assert.equal(found({ stack: "te" }), 1);
    assert.equal(found({ environment: "dev" }), 1);
    assert.equal(found({ environment: "dev" }, "dev"), 0);
    assert.equal(found({ resource: "PersistentVolumeClaim ipfs/data-*" }), 0);
    assert.equal(found({ resource: "PersistentVolumeClaim ipfs/data" }), 1);
    assert.equal(found({ resource: "PersistentVolumeClaim ipfs.data-ipfs-0" }), 1);
    assert.equal(found({ stack: "test", environment: "staging" }), 1);
  });
});

describe("the pack", () => {
  let pack: ChildProcess;
  let client: AnalyzerClient;
  before(async () => {
    const folder = join(__dirname, "..", "..", "policies");
    const runner = require.resolve("@pulumi/pulumi/cmd/run-policy-pack");
    pack = spawn(process.execPath, [runner, "127.0.0.1:0", folder], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [port] = (await once(pack.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    client = new AnalyzerClient(`127.0.0.1:${port.toString().trim()}`, grpc.credentials.createInsecure());
  });
  after(() => {
    client?.close();
    pack.kill();
  });

  it("starts as Pulumi starts it, and has its configuration with it", async () => {
    const info = await new Promise<AnalyzerInfo>((resolve, reject) =>
      client.getAnalyzerInfo(new Empty(), (error, answer) => (error ? reject(error) : resolve(answer))),
    );
    assert.deepEqual(
      info.getPoliciesList().map((policy) => policy.getName()),
      rules.map(({ name }) => name),
    );
    const initial = info.getInitialconfigMap();
    assert.equal(initial.get("probes")?.getEnforcementlevel(), EnforcementLevel.ADVISORY);
    assert.equal(initial.get("pinned-images")?.getEnforcementlevel(), EnforcementLevel.MANDATORY);
    assert.deepEqual(initial.get("pinned-images")?.getProperties()?.toJavaScript(), {
      floating: config["pinned-images"].floating,
    });
  });
});
