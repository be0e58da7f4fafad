import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { node, theNode } from "./support/shared";
import { Stack } from "./support/stack";

const good = { environment: "dev", replicas: 2, identities: 2, replication: { min: 1, max: 2 } };
// The settings themselves refuse `latest` only.
const moving = "docker.io/ipfs/ipfs-cluster:master";
const bad = { ...good, cluster: { image: moving } };

describe("the policy pack, under the real engine", () => {
  let stack: Stack;
  let folder: string;
  before(async () => {
    await theNode();
    stack = await Stack.init("policies", node);
    folder = await mkdtemp(join(tmpdir(), "policies-"));
  });
  after(async () => {
    await stack.pulumi("destroy", "--yes");
    await stack.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const withPolicies = (...command: string[]) => stack.pulumi(...command, "--policy-pack", "policies");

  async function created(): Promise<string[]> {
    const { deployment } = JSON.parse(await stack.exported()) as { deployment: { resources?: { type: string }[] } };
    return (deployment.resources ?? []).map(({ type }) => type).filter((type) => type.startsWith("kubernetes:"));
  }

  it("lets a good stack pass in a preview, and says what that does not know yet", async () => {
    await stack.configure(good);
    const { code, text } = await withPolicies("preview");
    assert.equal(code, 0, text);
    assert.doesNotMatch(text, /\[mandatory\]/);
    assert.match(text, /\[advisory\] {2}judged-in-full/);
    assert.match(text, /stringData: is not known yet, and not judged by .*no-trust-in-everyone/);
  });

  it("stops a bad stack in a preview, and says what, where, why and what to do", async () => {
    await stack.configure(bad);
    const { code, text } = await withPolicies("preview");
    assert.notEqual(code, 0);
    assert.match(text, /\[mandatory\] {2}pinned-images {2}\(kubernetes:apps\/v1:StatefulSet: policies-cluster\)/);
    assert.match(text, /A tag that moves makes two pods of a kind run different versions/);
    assert.match(text, /StatefulSet ipfs-policies\/cluster, spec\.template\.spec\.containers\[0\]\.image: /);
    assert.match(text, /"docker\.io\/ipfs\/ipfs-cluster:master" is another image tomorrow\. Fix: name a version/);
  });

  it("stops an update of a bad stack before anything is created", async () => {
    await stack.configure(bad);
    const { code, text } = await withPolicies("up", "--yes");
    assert.notEqual(code, 0);
    assert.match(text, /\[mandatory\] {2}pinned-images/);
    assert.deepEqual(await created(), []);
  });

  it("stops an update without a preview before the bad resource is created", async () => {
    await stack.configure(bad);
    const { code, text } = await withPolicies("up", "--yes", "--skip-preview");
    assert.notEqual(code, 0);
    assert.match(text, /\[mandatory\] {2}pinned-images/);
    const peers = JSON.parse(await stack.exported()) as { deployment: { resources: { urn: string }[] } };
    assert.ok(!peers.deployment.resources.some(({ urn }) => urn.endsWith("StatefulSet::policies-cluster")));
  });

  it("judges everything in an update, and lets a good stack pass", async () => {
    await stack.configure(good);
    const { code, text } = await withPolicies("up", "--yes", "--skip-preview");
    assert.equal(code, 0, text);
    assert.doesNotMatch(text, /\[(mandatory|advisory)\]/);
    assert.ok((await created()).includes("kubernetes:apps/v1:StatefulSet"));
  });

  it("takes levels, parameters and exemptions from a file", async () => {
    await stack.configure(bad);
    const file = join(folder, "policies.json");
    const preview = async (configuration: object) => {
      await writeFile(file, JSON.stringify(configuration));
      return withPolicies("preview", "--policy-pack-config", file);
    };
    const exempt = [{ stack: "policies", resource: "StatefulSet */cluster", reason: "to see that it is possible" }];
    assert.equal((await preview({ "pinned-images": { exempt } })).code, 0);
    assert.equal((await preview({ "pinned-images": { floating: ["nightly"] } })).code, 0);
    const advice = await preview({ "pinned-images": "advisory" });
    assert.equal(advice.code, 0);
    assert.match(advice.text, /\[advisory\] {2}pinned-images/);
    const nameless = await preview({ "pinned-images": { exempt: [{ stack: "policies" }] } });
    assert.notEqual(nameless.code, 0);
    assert.match(nameless.text, /pinned-images: exempt\.0: reason is required/);
  });
});
