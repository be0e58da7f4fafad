import assert from "node:assert/strict";
import { node, theNode } from "./support/shared";
import { Stack } from "./support/stack";

describe("bad settings", () => {
  let stack: Stack;
  before(async () => {
    await theNode();
    stack = await Stack.init("bad", node);
  });
  after(() => stack.remove());

  it("are refused all at once, before anything is created", async () => {
    await stack.configure({
      environment: "dev",
      replicas: 2,
      replication: { min: 3, max: 3 },
      kubo: { volume: { size: "10Gi" }, config: { Swarm: { ConMgr: {} }, AutoTLS: { Enabled: true } } },
      cluster: { arguments: ["--leave"], environment: { CLUSTER_MONITOR_PING_INTERVAL: "2s" } },
    });
    for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const { code, text } = await stack.pulumi(...command);
      assert.notEqual(code, 0);
      for (const fault of [
        /replication\.min 3: more than replicas \(2\)/,
        /kubo\.config\.Swarm\.ConMgr/,
        /kubo\.config\.AutoTLS/,
        /cluster\.arguments\[0\] "--leave": in CRDT mode leaving wipes the pinset/,
        /cluster\.environment\.CLUSTER_MONITOR_PING_INTERVAL/,
      ]) {
        assert.match(text, fault);
      }
      assert.doesNotMatch(text, /at .*\.ts:\d+/, "an operator gets words, not a stack trace");
    }
    await assertNothingCreated();
  });

  it("of the kept identities are refused without being printed", async () => {
    const secret = "c0ffee".repeat(10);
    await stack.configure({ environment: "dev" }, { identity: JSON.stringify({ clusterSecret: secret, kubo: [] }) });
    const { code, text } = await stack.pulumi("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.match(text, /clusterSecret is not 64 hex digits/);
    assert.match(text, /kubo holds 0 keys/);
    assert.ok(!text.includes(secret));
    await assertNothingCreated();
  });

  async function assertNothingCreated(): Promise<void> {
    const { deployment } = JSON.parse(await stack.exported()) as { deployment: { resources?: { type: string }[] } };
    const types = (deployment.resources ?? []).map(({ type }) => type);
    // The stack itself, and the look at its own last outputs.
    assert.deepEqual(
      types.filter((type) => !/^pulumi:(pulumi:|providers:pulumi$)/.test(type)),
      [],
    );
    assert.match(await stack.shell("kubectl get namespace --output name"), /namespace\/default/);
    assert.doesNotMatch(await stack.shell("kubectl get namespace --output name"), /ipfs-bad/);
  }
});
