import assert from "node:assert/strict";
import { parseBundle } from "../../components/identity";
import type { Graph, Registered } from "../support/graph";
import { graphOf } from "./graphs";
import { resourcesOf } from "./objects";

const settings = { environment: "dev", cluster: { proxy: true } };

/** Every secret of a stack, in every form that it takes in a config file. */
function secretsOf(graph: Graph): string[] {
  const { clusterSecret, swarmKey, restPassword, kubo, cluster } = parseBundle(String(graph.outputs.identity), 10);
  const basic = Buffer.from(`admin:${restPassword}`).toString("base64");
  const all = [clusterSecret, swarmKey, restPassword, basic, ...kubo, ...cluster];
  // The seed alone, in base64 as PEM has it; and all that a Secret's `data` would make of them.
  const seeds = [...kubo, ...cluster].map((key) =>
    Buffer.from(key, "base64").subarray(4, 36).toString("base64").slice(0, 40),
  );
  return [...all, ...seeds, ...all.map((secret) => Buffer.from(secret).toString("base64").slice(0, -4))];
}

/** The paths of all texts in which one of the secrets is. */
function leaks(secrets: readonly string[], value: unknown, path = ""): string[] {
  if (typeof value === "string") return secrets.some((secret) => value.includes(secret)) ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaks(secrets, inner, path ? `${path}.${key}` : key));
}

for (const kept of [false, true]) {
  describe(`secret values of ${kept ? "kept" : "made"} identities`, () => {
    let graph: Graph;
    let secrets: string[];
    before(async () => {
      graph = await graphOf(settings);
      secrets = secretsOf(graph);
      if (kept) graph = await graphOf(settings, { secrets: { identity: String(graph.outputs.identity) } });
    });

    it("are in Secrets, all of them", () => {
      const inputs = JSON.stringify(resourcesOf(graph, "Secret").map((secret) => secret.inputs));
      const bundle = parseBundle(String(graph.outputs.identity), 10);
      for (const secret of Object.values(bundle).flat()) assert.ok(inputs.includes(secret));
    });

    it("are in nothing else that is registered", () => {
      const others = graph.resources.filter(({ type }) => !type.endsWith(":Secret"));
      assert.ok(others.length > 20);
      for (const { name, inputs } of others) assert.deepEqual(leaks(secrets, inputs), [], name);
    });

    it("are marked secret wherever they are sent, and are never part of a name, a label or an annotation", () => {
      let sent = 0;
      for (const { name, inputs, secretPaths } of graph.resources) {
        for (const path of leaks(secrets, inputs)) {
          sent++;
          assert.ok(
            secretPaths.some((marked) => path === marked || path.startsWith(`${marked}.`)),
            `${name} ${path}`,
          );
          assert.match(path, /^stringData\./);
        }
      }
      assert.ok(sent >= 23, `only ${sent} found`);
      for (const { urn, inputs } of graph.resources) assert.deepEqual(leaks(secrets, [urn, inputs.metadata]), []);
    });

    it("are in no output but the one that is secret", () => {
      assert.deepEqual(graph.secretOutputs, ["identity"]);
      assert.deepEqual(leaks(secrets, graph.outputs), ["identity"]);
      const components = graph.resources.filter(({ outputs }) => outputs !== undefined);
      assert.deepEqual(
        components.map(({ type }: Registered) => type),
        ["ipfs-cluster:index:IpfsCluster"],
      );
      for (const { outputs } of components) assert.deepEqual(leaks(secrets, outputs), []);
    });
  });
}

describe("config Secrets", () => {
  it("of a hundred peers with the longest names fit what Kubernetes lets a Secret hold", async () => {
    const graph = await graphOf({
      environment: "dev",
      replicas: 1,
      identities: 100,
      replication: "everywhere",
      namespace: { name: "n".repeat(63) },
      clusterDomain: `${"d".repeat(63)}.${"e".repeat(63)}.example`,
    });
    const secrets = resourcesOf(graph, "Secret");
    const files = secrets.flatMap(({ inputs }) => Object.keys(inputs.stringData as object));
    assert.equal(files.filter((file) => /^config-\d+\.json$/.test(file)).length, 100);
    assert.equal(files.filter((file) => /^identity-\d+\.json$/.test(file)).length, 100);
    for (const { name, inputs } of secrets) {
      const size = Object.values(inputs.stringData as Record<string, string>).join("").length;
      assert.ok(size < 2 ** 20, `${name} holds ${size} bytes`);
    }
  });

  it("are immutable, so that pods that run never see another configuration than they started with", async () => {
    const secrets = resourcesOf(await graphOf(settings), "Secret").filter(({ name }) => /-config/.test(name));
    assert.deepEqual(
      secrets.map(({ inputs }) => inputs.immutable),
      [true, true],
    );
    for (const { inputs } of secrets) assert.equal((inputs.metadata as { name?: string }).name, undefined);
  });
});
